/**
 * What an attacker can make as much of as he likes must not cost memory: peak memory of reading captures with a hundred
 * thousand and with a million short-lived processes, and different paths, passed over, filtered and printed.
 *
 * Usage: node bench/memory.bench.ts [COUNT]. Prints MiB; exit code 1 when one needs more than BAR.
 */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concat, encodeProcesses, encodeSection } from '../packages/scap/src/index.ts';
import { manyLives, manyPaths } from '../packages/state/test/lives.ts';
import { INIT, SHELL } from '../packages/state/test/stream.ts';
import { measure } from './measure.ts';

const BAR = 200;
const count = Number(process.argv[2] ?? 1_000_000);
const program = join(import.meta.dirname, '../apps/cli/bin/waspglass');
const streams = { lives: manyLives, paths: manyPaths } as const;
const work: Readonly<Record<string, readonly string[]>> = {
  'passed over': ['-q'],
  filtered: ['proc.cmdline contains zz or fd.name contains zz or proc.name startswith zz'],
  printed: [],
  spy_users: ['-c', 'spy_users'],
};

const folder = mkdtempSync(join(tmpdir(), 'waspglass-memory-'));
try {
  console.log(`${'capture'.padEnd(20)}${'work'.padEnd(14)}${'MiB'.padStart(6)}`);
  for (const [name, stream] of Object.entries(streams)) {
    for (const lives of [count / 10, count]) {
      const file = join(folder, `${name}.scap`);
      writeFileSync(file, concat([encodeSection(), encodeProcesses([INIT, SHELL])]));
      for (const chunk of stream(lives)) appendFileSync(file, chunk);
      for (const [what, words] of Object.entries(work)) {
        const { memory } = measure(join(folder, 'out'), [program, 'read', file, ...words]);
        if (memory > BAR) process.exitCode = 1;
        const mark = memory > BAR ? ` above ${BAR}` : '';
        console.log(`${`${lives} ${name}`.padEnd(20)}${what.padEnd(14)}${memory.toFixed(0).padStart(6)}${mark}`);
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
