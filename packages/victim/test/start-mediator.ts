/** The mediators as their own process: started inside the sink, as `waspglass up` starts them. */
import { EgressLog, Mediator, ObjectStore, parsePolicy, sinkSockets } from '../src/index.ts';

const { policy, limits, directory, uid, upstream } = JSON.parse(process.argv[2] ?? '{}');
process.setgroups?.([uid]);
process.setgid?.(uid);
process.setuid?.(uid);
const log = new EgressLog(`${directory}/egress.jsonl`);
const objects = new ObjectStore(`${directory}/objects`, limits.bytes, 2 ** 30);
new Mediator({ descriptors: sinkSockets(), policy: parsePolicy(policy), limits, log, objects, upstream });
process.stdout.write('ready\n');
