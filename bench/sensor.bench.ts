/**
 * What the sensor costs its victim and itself: a process that does nothing but one-byte reads and writes, without and with
 * the sensor, in turns. Prints ns per call, their ratio, CPU seconds of the sensor per million events, and losses.
 *
 * Usage: node bench/sensor.bench.ts [ROUNDS] [CALLS]. Needs root; another sensor on the machine spoils the figures.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { buildObject, defaultObjectPath, preflight, startSensor } from '@waspglass/sensor';

const rounds = Number(process.argv[2] ?? 3);
const pairs = Number(process.argv[3] ?? 200_000);

interface Round {
  readonly nsPerCall: number;
  readonly cpuPerMillion: number;
  readonly lost: number;
}

/** Runs `dd` inside a pid and mount namespace; `watch` starts and stops the sensor around it. */
async function storm(watch: boolean): Promise<Round> {
  const script = `read go; exec dd if=/dev/zero of=/dev/null bs=1 count=${pairs}`;
  const child = spawn('unshare', ['--pid', '--mount', '--fork', '--kill-child', 'sh', '-c', script], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const pid = await firstChild(child.pid ?? 0);
  let events = 0;
  const sensor = watch
    ? await startSensor({
        objectPath: defaultObjectPath,
        victim: { initPid: pid },
        onChunk: (chunk) => {
          events += chunk.events;
        },
        onError: (error) => {
          throw error;
        },
      })
    : undefined;
  const cpuBefore = process.cpuUsage();
  const start = process.hrtime.bigint();
  child.stdin.write('\n');
  await exited;
  const nsPerCall = Number(process.hrtime.bigint() - start) / (2 * pairs);
  const counters = await sensor?.stop();
  const { user, system } = process.cpuUsage(cpuBefore);
  return { nsPerCall, cpuPerMillion: events === 0 ? 0 : (user + system) / events, lost: counters?.lost ?? 0 };
}

async function firstChild(parent: number): Promise<number> {
  for (;;) {
    const text = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim();
    if (text !== '') return Number(text);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function least(values: readonly number[]): number {
  return Math.min(...values);
}

const missing = preflight().filter((check) => !check.ok && check.name !== 'probes');
if (missing.length > 0) console.log(`skipped: ${missing.map((check) => check.hint).join('; ')}`);
else {
  buildObject();
  const bare: Round[] = [];
  const watched: Round[] = [];
  for (let i = 0; i < rounds; i++) {
    bare.push(await storm(false));
    watched.push(await storm(true));
  }
  const without = least(bare.map((r) => r.nsPerCall));
  const within = least(watched.map((r) => r.nsPerCall));
  console.log(`without the sensor   ${without.toFixed(0)} ns per call`);
  console.log(`with the sensor      ${within.toFixed(0)} ns per call (${(within / without).toFixed(2)} times)`);
  console.log(`sensor               ${least(watched.map((r) => r.cpuPerMillion)).toFixed(2)} CPU s per million events`);
  console.log(`lost                 ${watched.reduce((sum, r) => sum + r.lost, 0)} of ${2 * pairs * rounds} calls`);
}
