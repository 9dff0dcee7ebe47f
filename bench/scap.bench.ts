/**
 * Reading (headers, every check) and writing of events in memory, and reading of a file: million events per CPU second.
 *
 * Usage: node bench/scap.bench.ts [FILE]. A long capture comes from ../shared/tools/repeat-capture.py.
 */
import { EventEncoder, encodeSection, readCapture, ScapReader } from '../packages/scap/src/index.ts';
import { eventId } from '../packages/schema/src/index.ts';

const ROUNDS = 7;
const PIECE = 1 << 20;

async function measure(name: string, run: () => number | Promise<number>): Promise<void> {
  const speeds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    const events = await run();
    const { user, system } = process.cpuUsage(before);
    speeds.push(events / (user + system));
  }
  speeds.sort((a, b) => a - b);
  const shown = [speeds[ROUNDS >> 1], speeds[ROUNDS - 1]].map((s) => (s ?? 0).toFixed(1));
  console.log(`${name.padEnd(24)} median ${shown[0]}, best ${shown[1]} million events per CPU second`);
}

const encoder = new EventEncoder();
const name = new TextEncoder().encode('/usr/bin/example');

function write(events: number): number {
  for (let i = 0; i < events; i++) {
    encoder.begin(eventId.SYSCALL_OPENAT_2_X, i, 1, 100 + (i & 63), i & 1, 6);
    encoder.i64(3);
    encoder.i64(-100);
    encoder.cstr(name);
    encoder.u32(1);
    encoder.u32(0);
    encoder.u32(8);
    encoder.end();
  }
  return events;
}

const seen = new Uint32Array(65536);
const onEvent = (c: { type: number }) => {
  seen[c.type] = 1;
};

write(1_000_000);
const bytes = encoder.take();
const reader = new ScapReader({ onEvent });

await measure('write', () => {
  let events = 0;
  for (let chunk = 0; chunk < 100; chunk++) {
    events += write(10_000);
    encoder.take();
  }
  return events;
});
await measure('read from memory', () => {
  const before = reader.cursor.num;
  reader.begin('memory');
  reader.push(encodeSection());
  for (let at = 0; at < bytes.length; at += PIECE) reader.push(bytes.subarray(at, at + PIECE));
  reader.end();
  return reader.cursor.num - before;
});
for (const file of process.argv.slice(2)) {
  await measure(file, async () => (await readCapture([file], { onEvent })).events);
}
