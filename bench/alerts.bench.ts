/**
 * From event to alert under load: a whole honeypot whose victim makes at least 100,000 events a second, while an attacker's
 * commands set off rules all along. Prints how long it took from each alert's event until its line stood in alerts.jsonl.
 *
 * Usage: node bench/alerts.bench.ts [SECONDS] [CALLS A SECOND]. Needs root; the honeypot is called wgdet.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';
import path from 'node:path';
import { delay, waitFor } from '@waspglass/kit';
import { Attacker } from '../test/attacker/attacker.ts';
import { cannotRun, Instance } from '../test/e2e/instance.ts';
import { nanoseconds } from '../test/rules/runner.ts';

const seconds = Number(process.argv[2] ?? 30);
const rate = Number(process.argv[3] ?? 130_000);
const LEAST_RATE = 100_000;
/** Milliseconds that 99 of 100 alerts may take. */
const BAR = 250;
const STEP_MS = 5;
const ALERTS_FILE = 'alerts.jsonl';

/** Reads and writes single bytes, so many in each step, until its time is over. */
const loadOf = (calls: number): string =>
  `open(Z,"</dev/zero");open(N,">/dev/null");$e=time+${seconds + 8};while(time<$e){for(1..${Math.ceil(calls / 2)}){sysread(Z,$b,1);syswrite(N,$b,1)}select(undef,undef,undef,${STEP_MS / 1000})}`;
/** Sets off several rules, twenty times a second. */
const ATTACK = `while :; do uname -a; cat /etc/shadow; sleep 0.05; done >/dev/null 2>&1`;

interface Status {
  readonly events: number;
  readonly lost: number;
  readonly time: string;
}

/** Lines of a growing file with the time, ms since the epoch, when they were there. */
class Watcher {
  readonly lines: { readonly text: string; readonly at: number }[] = [];
  private readonly file: number;
  private readonly buffer = Buffer.alloc(1 << 20);
  private rest = '';
  private at: number;

  constructor(file: string) {
    this.file = openSync(file, 'r');
    this.at = fstatSync(this.file).size;
  }

  look(): void {
    for (;;) {
      const read = readSync(this.file, this.buffer, 0, this.buffer.length, this.at);
      if (read === 0) return;
      const at = performance.timeOrigin + performance.now();
      this.at += read;
      const parts = (this.rest + this.buffer.toString('utf8', 0, read)).split('\n');
      this.rest = parts.pop() ?? '';
      for (const text of parts) this.lines.push({ text, at });
    }
  }

  close(): void {
    closeSync(this.file);
  }
}

async function bench(): Promise<void> {
  const honeypot = new Instance({ name: 'wgdet', network: '10.66.71.0/30' });
  let attacker: Attacker | undefined;
  try {
    await honeypot.start();
    attacker = await Attacker.create({
      name: 'wgdeta',
      hostAddress: '198.51.100.129/27',
      addresses: ['198.51.100.130'],
    });
    await measure(honeypot, attacker);
  } finally {
    await attacker?.close();
    await honeypot.remove();
  }
}

async function measure(honeypot: Instance, attacker: Attacker): Promise<void> {
  const run = (command: string) =>
    attacker.ssh({
      user: 'root',
      password: 'passw0rd',
      port: honeypot.sshPort,
      command,
      timeout: (seconds + 60) * 1000,
    });
  const status = () => honeypot.waspglass('status', '--json', '--config', honeypot.configFile);
  const sensor = () => (JSON.parse(status().stdout) as { sensor: Status }).sensor;
  const alerts = path.join(honeypot.state, ALERTS_FILE);
  const attack = run(`timeout ${seconds + 8} sh -c '${ATTACK}'`);
  const load = run(`perl -e '${loadOf((rate * STEP_MS) / 1000)}'`);
  await waitFor(() => honeypot.alerts().some(({ rule }) => rule === 'Password hashes read'), {
    limit: 30_000,
    what: 'the first alert',
  });
  await delay(2000);
  const watcher = new Watcher(alerts);
  const before = sensor();
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    watcher.look();
    await delay(1);
  }
  const after = sensor();
  watcher.look();
  watcher.close();
  await Promise.all([attack, load]);
  report(watcher, (after.events - before.events) / ((Date.parse(after.time) - Date.parse(before.time)) / 1000), {
    lost: after.lost - before.lost,
  });
}

function report(watcher: Watcher, perSecond: number, { lost }: { readonly lost: number }): void {
  const delays = watcher.lines
    .map(({ text, at }) => at - Number(nanoseconds((JSON.parse(text) as { time: string }).time) / 1000n) / 1000)
    .sort((a, b) => a - b);
  const share = (p: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * p))] ?? Number.NaN;
  console.log(
    `${seconds} s, Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? '?'}, Linux ${release()}\n`,
  );
  console.log('| events/s | alerts | lost | p50 ms | p90 | p99 | longest | bar p99 | |');
  console.log('|---|---|---|---|---|---|---|---|---|');
  const met = share(0.99) <= BAR && perSecond >= LEAST_RATE && delays.length >= 100;
  const times = [0.5, 0.9, 0.99, 1].map((p) => share(p).toFixed(0));
  const cells = [Math.round(perSecond), delays.length, lost, ...times, `≤ ${BAR}`, met ? 'met' : 'missed'];
  console.log(`| ${cells.join(' | ')} |\n`);
  for (let from = 0, to = 10; from < (delays.at(-1) ?? 0); from = to, to *= 2) {
    const count = delays.filter((delay) => delay >= from && delay < to).length;
    console.log(`${String(from).padStart(6)} to ${String(to).padStart(6)} ms  ${String(count).padStart(6)}`);
  }
  if (!met) process.exitCode = 1;
}

const why = cannotRun();
if (why === undefined) await bench();
else console.log(`skipped: ${why}`);
