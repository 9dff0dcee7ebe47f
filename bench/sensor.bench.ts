/**
 * What the sensor costs its victim and itself, with and without it in turns. First one program that times calls of a kind
 * each (minimum of many rounds), then a storm of one-byte reads and writes: ns per call, CPU seconds of the sensor per
 * million events, memory of its process, and losses by lane.
 *
 * Usage: node bench/sensor.bench.ts [ROUNDS] [CALLS]. Needs root and gcc; another sensor on the machine spoils the figures.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildObject, type Counters, defaultObjectPath, preflight, type Sensor, startSensor } from '@waspglass/sensor';

const rounds = Number(process.argv[2] ?? 3);
const pairs = Number(process.argv[3] ?? 200_000);
const MIB = 2 ** 20;

const TIMER = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
static long now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000L + t.tv_nsec; }
#define LEAST(name, rounds, times, code) do { long least = 1L << 60; \\
  for (int r = 0; r < rounds; r++) { long t = now(); for (int i = 0; i < times; i++) { code; } \\
    t = (now() - t) / times; if (t < least) least = t; } printf("%s %ld\\n", name, least); } while (0)
int main(void) {
  char byte; int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
  LEAST("getppid", 200, 1000, syscall(SYS_getppid));
  LEAST("read", 200, 1000, read(zero, &byte, 1));
  LEAST("write", 200, 1000, write(null, &byte, 1));
  LEAST("open+close", 200, 200, close(open("/etc/passwd", O_RDONLY)));
  LEAST("fork+exec", 40, 4, { int p = vfork(); if (p == 0) { execl("/bin/true", "true", (char *)0); _exit(1); } waitpid(p, 0, 0); });
  return 0;
}`;

interface Watched {
  readonly output: string;
  readonly seconds: number;
  readonly cpu: number;
  readonly events: number;
  readonly memory: number;
  readonly counters: Counters | undefined;
}

/** Runs `command` in pid and mount namespaces of its own, with the sensor around it or without. */
async function run(command: string, isWatched: boolean): Promise<Watched> {
  const child = spawn(
    'unshare',
    ['--pid', '--mount', '--fork', '--kill-child', 'sh', '-c', `read go; exec ${command}`],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const pid = await firstChild(child.pid ?? 0);
  let events = 0;
  const sensor = isWatched ? await watch(pid, (n) => (events += n)) : undefined;
  const before = process.cpuUsage();
  const start = process.hrtime.bigint();
  child.stdin.write('\n');
  await exited;
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const memory = process.memoryUsage.rss();
  const counters = await sensor?.stop();
  const { user, system } = process.cpuUsage(before);
  return { output, seconds, cpu: (user + system) / 1e6, events, memory, counters };
}

function watch(initPid: number, onEvents: (n: number) => void): Promise<Sensor> {
  return startSensor({
    objectPath: defaultObjectPath,
    victim: { initPid },
    onChunk: (chunk) => onEvents(chunk.events),
    onError: (error) => {
      throw error;
    },
  });
}

async function firstChild(parent: number): Promise<number> {
  for (;;) {
    const text = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim();
    if (text !== '') return Number(text);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Name → ns, the least of all rounds. */
function leastOf(outputs: readonly string[]): Map<string, number> {
  const least = new Map<string, number>();
  for (const line of outputs.join('').trim().split('\n')) {
    const [name = '', ns] = line.split(' ');
    least.set(name, Math.min(least.get(name) ?? Number.POSITIVE_INFINITY, Number(ns)));
  }
  return least;
}

async function calls(program: string): Promise<void> {
  const bare: string[] = [];
  const watched: string[] = [];
  for (let i = 0; i < rounds; i++) {
    bare.push((await run(program, false)).output);
    watched.push((await run(program, true)).output);
  }
  const within = leastOf(watched);
  console.log('call          without      with     added, ns');
  for (const [name, without] of leastOf(bare)) {
    const value = within.get(name) ?? 0;
    console.log(
      `${name.padEnd(12)}${String(without).padStart(9)}${String(value).padStart(10)}${String(value - without).padStart(10)}`,
    );
  }
}

async function storm(): Promise<void> {
  const command = `dd if=/dev/zero of=/dev/null bs=1 count=${pairs}`;
  const bare: Watched[] = [];
  const watched: Watched[] = [];
  for (let i = 0; i < rounds; i++) {
    bare.push(await run(command, false));
    watched.push(await run(command, true));
  }
  const ns = (list: readonly Watched[]) => (Math.min(...list.map((r) => r.seconds)) * 1e9) / (2 * pairs);
  const total = (member: 'lostFirst' | 'lostBulk' | 'thinned') =>
    watched.reduce((sum, { counters }) => sum + (counters?.[member] ?? 0), 0);
  const perMillion = watched.map(({ cpu, events }) => (cpu * 1e6) / events);
  console.log(`storm without      ${ns(bare).toFixed(0)} ns per call`);
  console.log(
    `storm with         ${ns(watched).toFixed(0)} ns per call (${(ns(watched) / ns(bare)).toFixed(2)} times)`,
  );
  console.log(`sensor             ${Math.min(...perMillion).toFixed(2)} CPU s per million events`);
  console.log(`memory             ${(Math.max(...watched.map((r) => r.memory)) / MIB).toFixed(0)} MiB resident`);
  console.log(
    `of ${2 * pairs * rounds} calls    first lane lost ${total('lostFirst')}, bulk ${total('lostBulk')}, thinned ${total('thinned')}`,
  );
}

const missing = preflight().filter((check) => !check.ok && check.name !== 'probes');
if (missing.length > 0) console.log(`skipped: ${missing.map((check) => check.hint).join('; ')}`);
else {
  buildObject();
  const directory = mkdtempSync(path.join(os.tmpdir(), 'waspglass-bench-'));
  try {
    const program = path.join(directory, 'timer');
    const built = spawnSync('gcc', ['-O1', '-x', 'c', '-o', program, '-'], { input: TIMER });
    if (built.status === 0) await calls(program);
    else console.log('calls one by one: skipped, gcc is not there');
    await storm();
  } finally {
    rmSync(directory, { recursive: true });
  }
}
