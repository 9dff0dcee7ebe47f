/** A process that starts a contained victim and then waits to be killed. */
import { Containment, linkAddresses, Victim } from '../src/index.ts';

const { hostPort, ...options } = JSON.parse(process.argv[2] ?? '{}');
const victimAddress = linkAddresses(options.network).victim;
await Containment.apply({ instance: options.instance, hostPort, victimAddress });
const victim = await Victim.create(options);
await victim.start();
await victim.waitForPort();
process.stdout.write('ready\n');
setInterval(() => undefined, 60_000);
