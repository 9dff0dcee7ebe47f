/** A collector as a process of its own, for the test that kills it: the places come as JSON in the first argument. */
import { runCollector } from '../src/index.ts';

const collector = await runCollector(JSON.parse(process.argv[2] ?? '{}'));
process.stdout.write(`${collector.url}\n`);
