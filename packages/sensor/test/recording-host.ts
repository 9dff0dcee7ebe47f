/** A process that records a victim to files, for tests that kill it: arguments are init's number, object and directory. */
import { concat, encodeDescriptors, encodeMachine, encodeProcesses, encodeSection, Recorder } from '@waspglass/scap';
import { startSensor } from '../src/index.ts';

const [initPid = '', objectPath = '', directory = ''] = process.argv.slice(2);
const recorder = new Recorder({
  directory,
  level: 1,
  flushMs: 20,
  freshHeader: () => encodeSection(),
  onError: (error) => process.stderr.write(`${error.message}\n`),
});
const early: { data: Uint8Array; events: number }[] = [];
let take = (data: Uint8Array, events: number): void => void early.push({ data: data.slice(), events });
const sensor = await startSensor({
  objectPath,
  victim: { initPid: Number(initPid) },
  onChunk: ({ data, events }) => take(data, events),
  onError: (error) => {
    throw error;
  },
});
const { machine, processes, descriptors } = sensor.snapshot;
const lists = [...descriptors].map(([tid, list]) => encodeDescriptors(tid, list));
recorder.begin(concat([encodeSection(), encodeMachine(machine), encodeProcesses(processes), ...lists]));
for (const { data, events } of early) recorder.write(data, events);
take = (data, events) => recorder.write(data, events);
process.stdout.write('ready\n');
