/**
 * What the sensor costs its victim and itself, with and without it in turns. First one program that times calls of a kind
 * each (minimum and median of many rounds), then one-byte reads and writes, flat out and 250,000 a second, with the recorder
 * writing gzip: ns per call, CPU seconds of sensor and recorder per million events, memory of the process, losses by lane.
 * It runs itself again with the options of bin/waspglass, which decide over memory.
 *
 * Usage: node bench/sensor.bench.ts [ROUNDS] [CALLS]. Needs root and gcc; another sensor on the machine spoils the figures.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { encodeSection, Recorder } from '@waspglass/scap';
import {
  buildObject,
  type Chunk,
  type Counters,
  defaultObjectPath,
  preflight,
  type Sensor,
  startSensor,
} from '@waspglass/sensor';

const rounds = Number(process.argv[2] ?? 3);
const pairs = Number(process.argv[3] ?? 200_000);
const MIB = 2 ** 20;
const RECORDER_LEVEL = 4;
const PACED_CALLS = 250_000;
const PACED_SECONDS = 4;
/** As in bin/waspglass. */
const FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=1', '--no-short-builtin-calls'];

const TIMER = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
static long now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000L + t.tv_nsec; }
static int compare(const void *a, const void *b) { return *(long *)a < *(long *)b ? -1 : *(long *)a > *(long *)b; }
#define TIME(name, rounds, times, code) do { long all[rounds]; \\
  for (int r = 0; r < rounds; r++) { long t = now(); for (int i = 0; i < times; i++) { code; } \\
    all[r] = (now() - t) / times; } \\
  qsort(all, rounds, sizeof(long), compare); printf("%s %ld %ld\\n", name, all[0], all[rounds / 2]); } while (0)
static int pace(long rate, long seconds) {
  char byte; int zero = open("/dev/zero", O_RDONLY); struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t);
  for (long ms = 0; ms < seconds * 1000; ms++) {
    for (long i = 0; i < rate / 1000; i++) if (read(zero, &byte, 1) != 1) return 1;
    if ((t.tv_nsec += 1000000) >= 1000000000) { t.tv_nsec -= 1000000000; t.tv_sec++; }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0);
  }
  return 0;
}
int main(int argc, char **argv) {
  if (argc == 3) return pace(atol(argv[1]), atol(argv[2]));
  char byte; int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
  TIME("getppid", 200, 1000, syscall(SYS_getppid));
  TIME("read", 200, 1000, read(zero, &byte, 1));
  TIME("write", 200, 1000, write(null, &byte, 1));
  TIME("open+close", 200, 200, close(open("/etc/passwd", O_RDONLY)));
  TIME("fork+exec", 40, 4, { int p = vfork(); if (p == 0) { execl("/bin/true", "true", (char *)0); _exit(1); } waitpid(p, 0, 0); });
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
async function run(command: string, isWatched: boolean, recorder?: Recorder): Promise<Watched> {
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
  const sensor = isWatched
    ? await watch(pid, (chunk) => {
        events += chunk.events;
        recorder?.write(chunk.data, chunk.events);
      })
    : undefined;
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

function watch(initPid: number, onChunk: (chunk: Chunk) => void): Promise<Sensor> {
  return startSensor({
    objectPath: defaultObjectPath,
    victim: { initPid },
    onChunk,
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

/** Name → least and median ns of all rounds. */
function timesOf(outputs: readonly string[]): Map<string, readonly [least: number, median: number]> {
  const all = new Map<string, { least: number[]; median: number[] }>();
  for (const line of outputs.join('').trim().split('\n')) {
    const [name = '', least, median] = line.split(' ');
    const times = all.get(name) ?? { least: [], median: [] };
    times.least.push(Number(least));
    times.median.push(Number(median));
    all.set(name, times);
  }
  return new Map([...all].map(([name, { least, median }]) => [name, [Math.min(...least), middle(median)]]));
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

async function calls(program: string): Promise<void> {
  const bare: string[] = [];
  const watched: string[] = [];
  for (let i = 0; i < rounds; i++) {
    bare.push((await run(program, false)).output);
    watched.push((await run(program, true)).output);
  }
  const within = timesOf(watched);
  console.log('ns            least without      with     added  median without      with     added');
  for (const [name, [least, median]] of timesOf(bare)) {
    const [leastWith = 0, medianWith = 0] = within.get(name) ?? [];
    const cells = [least, leastWith, leastWith - least, median, medianWith, medianWith - median];
    const widths = [13, 10, 10, 16, 10, 10];
    console.log(`${name.padEnd(14)}${cells.map((cell, i) => String(cell).padStart(widths[i] ?? 0)).join('')}`);
  }
}

/** Runs `command` in turns without and with sensor and recorder; `count`: its calls. */
async function storm(name: string, command: string, count: number, directory: string): Promise<void> {
  const bare: Watched[] = [];
  const watched: Watched[] = [];
  for (let i = 0; i < rounds; i++) {
    bare.push(await run(command, false));
    const recorder = new Recorder({
      directory,
      level: RECORDER_LEVEL,
      freshHeader: () => encodeSection(),
      onError: (error) => {
        throw error;
      },
    });
    recorder.begin(encodeSection());
    watched.push(await run(command, true, recorder));
    await recorder.close();
    if (recorder.stats.lostEvents > 0) console.log(`the recorder lost ${recorder.stats.lostEvents} events`);
  }
  const ns = (list: readonly Watched[]) => (Math.min(...list.map((r) => r.seconds)) * 1e9) / count;
  const total = (member: 'lostFirst' | 'lostBulk' | 'thinned') =>
    watched.reduce((sum, { counters }) => sum + (counters?.[member] ?? 0), 0);
  const perMillion = watched.map(({ cpu, events }) => (cpu * 1e6) / events);
  const times = (ns(watched) / ns(bare)).toFixed(2);
  console.log(
    `${name}: ${ns(bare).toFixed(0)} ns per call, with the sensor ${ns(watched).toFixed(0)} (${times} times)`,
  );
  console.log(
    `  ${Math.min(...perMillion).toFixed(2)} CPU s per million events (median ${middle(perMillion).toFixed(2)}), ` +
      `${(Math.max(...watched.map((r) => r.memory)) / MIB).toFixed(0)} MiB resident`,
  );
  console.log(
    `  of ${count * rounds} calls the first lane lost ${total('lostFirst')}, bulk ${total('lostBulk')}, thinned ${total('thinned')}`,
  );
}

async function measure(): Promise<void> {
  buildObject();
  const directory = mkdtempSync(path.join(os.tmpdir(), 'waspglass-bench-'));
  try {
    const program = path.join(directory, 'timer');
    const built = spawnSync('gcc', ['-O1', '-x', 'c', '-o', program, '-'], { input: TIMER });
    const dd = `dd if=/dev/zero of=/dev/null bs=1 count=${pairs}`;
    if (built.status === 0) {
      await storm('paced', `${program} ${PACED_CALLS} ${PACED_SECONDS}`, PACED_CALLS * PACED_SECONDS, directory);
      await calls(program);
    } else console.log('calls one by one: skipped, gcc is not there');
    await storm('flat out', dd, 2 * pairs, directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** In a process as bin/waspglass makes it, and in a session of its own as `waspglass up` does. */
function again(): void {
  const env = {
    ...process.env,
    MALLOC_ARENA_MAX: '1',
    NODE_COMPILE_CACHE: path.join(os.tmpdir(), 'waspglass-bench-code'),
  };
  const args = ['--wait', process.execPath, ...FLAGS, import.meta.filename, ...process.argv.slice(2)];
  process.exitCode = spawnSync('setsid', args, { env, stdio: 'inherit' }).status ?? 1;
}

const missing = preflight().filter((check) => !check.ok && check.name !== 'probes');
if (missing.length > 0) console.log(`skipped: ${missing.map((check) => check.hint).join('; ')}`);
else if (process.env.MALLOC_ARENA_MAX === undefined) again();
else await measure();
