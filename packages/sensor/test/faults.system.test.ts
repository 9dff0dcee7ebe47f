import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { delay, waitFor } from '@waspglass/kit';
import { readCapture } from '@waspglass/scap';
import { startSensor } from '../src/index.ts';
import { cannotRun, recordVictim, testDirectory, testObject, Victim } from './victim.ts';

const skip = cannotRun();
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
/** Also more often: WASPGLASS_KILLS=1000. */
const KILLS = Number(process.env.WASPGLASS_KILLS ?? 100);
const LONGEST_LIFE_MS = 250;

/** Events of a file, and the code of the damage at its end. */
async function read(file: string): Promise<{ events: number; damage: string | undefined }> {
  let events = 0;
  const onEvent = () => {
    events++;
  };
  try {
    await readCapture([file], { onEvent });
    return { events, damage: undefined };
  } catch (error) {
    return { events, damage: (error as { code?: string }).code };
  }
}

/** Names of our programs and maps in the kernel. */
function inKernel(): string[] {
  const list = (what: string) => spawnSync('bpftool', [what, 'list'], { encoding: 'utf8' }).stdout;
  return [...`${list('prog')}${list('map')}`.matchAll(/name (acct\w+)/g)].map(([, name = '']) => name);
}

/** Other recordings may run on this machine: only what is more than before counts. */
async function backTo(before: readonly string[]): Promise<void> {
  for (let tries = 0; inKernel().length > before.length && tries < 100; tries++) await delay(50);
  assert.ok(inKernel().length <= before.length, `left in the kernel: ${inKernel().join()}`);
}

const compile = (name: string, source: string): string => {
  const program = path.join(testDirectory, name);
  const { status, stderr } = spawnSync('gcc', ['-O1', '-x', 'c', '-o', program, '-'], {
    input: source,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return program;
};

describe('faults', { skip }, () => {
  it(`kill -9 at ${KILLS} random moments of a storm: every file can be read, nothing stays in the kernel`, async (t) => {
    const before = inKernel();
    const directory = path.join(testDirectory, 'killed');
    mkdirSync(directory);
    const storm = 'while :; do dd if=/dev/zero of=/dev/null bs=1 count=3000; echo x > f; mv f g; rm g; done';
    const victim = await Victim.start(storm);
    victim.go();
    try {
      for (let i = 0; i < KILLS; i++) {
        const host = path.join(import.meta.dirname, 'recording-host.ts');
        const child = spawn(process.execPath, [host, String(victim.initPid), testObject, directory], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        // half of them before they are ready
        if (i % 2 === 0) await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
        await delay(Math.random() * LONGEST_LIFE_MS * (i % 2 === 0 ? 1 : 2));
        assert.equal(child.exitCode, null, 'it ended by itself');
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    } finally {
      victim.kill();
      await victim.ended();
    }
    await backTo(before);
    const files = readdirSync(directory).filter((name) => name.endsWith('.gz'));
    let events = 0;
    const damages = new Map<string, number>();
    for (const name of files) {
      const file = path.join(directory, name);
      const found = await read(file);
      events += found.events;
      const damage = found.damage ?? 'none';
      damages.set(damage, (damages.get(damage) ?? 0) + 1);
    }
    t.diagnostic(`${files.length} files, ${events} events; damage: ${[...damages].map((d) => d.join(' ')).join(', ')}`);
    assert.ok(files.length >= KILLS / 2 && events > 10_000 * (KILLS / 100));
    for (const damage of damages.keys()) assert.match(damage, /^(none|WG_SCAP_GZIP_TRUNCATED)$/);
    if (!has('sysdig')) return;
    for (const name of files) {
      const file = path.join(directory, name);
      const ours = await read(file);
      if (ours.events === 0) continue;
      const theirs = spawnSync('sysdig', ['-r', file, '-p', '%evt.num'], { encoding: 'utf8', maxBuffer: 1 << 28 });
      assert.equal(theirs.signal, null, `${name}: ${theirs.stderr}`);
      assert.ok(theirs.stdout.length > 0, `${name}: ${theirs.stderr}`);
    }
  });

  const usable = has('gcc') ? false : 'gcc is not there';

  it('10⁵ processes: each of them is there, and its end', { skip: usable }, async () => {
    const count = 100_000;
    const forks = compile(
      'forks',
      `#include <sys/wait.h>
#include <unistd.h>
int main(void) { for (int i = 0; i < ${count}; i++) { int p = fork(); if (p == 0) _exit(i & 63); waitpid(p, 0, 0); } return 0; }`,
    );
    const { events, counters } = await recordVictim(forks);
    assert.equal(counters.lostFirst, 0);
    assert.equal(counters.overflow, 0);
    assert.equal(counters.seen, counters.sent + counters.lost);
    const of = (name: string) => events.filter((e) => e.name === name);
    const born = of('SYSCALL_CLONE_20_X').filter((e) => e.params.res?.readBigInt64LE() === 0n);
    assert.ok(born.length >= count, `${born.length} children`);
    assert.ok(of('PROCEXIT_1_E').length >= count);
  });

  it('10⁵ sockets, 4,096 of them open at once', { skip: usable }, async () => {
    const count = 100_000;
    const sockets = compile(
      'sockets',
      `#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void) { struct rlimit l = {5000, 5000}; setrlimit(RLIMIT_NOFILE, &l);
  int fds[4096] = {0}; for (int i = 0; i < ${count}; i++) { int *at = &fds[i & 4095]; if (*at) close(*at); *at = socket(AF_INET, SOCK_DGRAM, 0); if (*at < 0) return 1; }
  return 0; }`,
    );
    const { events, counters } = await recordVictim(`ulimit -n 5000; ${sockets}`);
    assert.equal(counters.lostFirst, 0);
    const made = events.filter((e) => e.name === 'SOCKET_SOCKET_X' && (e.params.fd?.readBigInt64LE() ?? -1n) >= 0n);
    assert.equal(made.length, count);
    assert.ok(made.some((e) => (e.params.fd?.readBigInt64LE() ?? 0n) > 4090n));
  });

  it('a program with 10⁶ bytes of arguments and environment', {
    skip: has('python3') ? false : 'needs python3',
  }, async () => {
    const file = path.join(testDirectory, 'long.py');
    const argument = `['true'] + ['x' * 100000] * 10`;
    writeFileSync(
      file,
      `import os\nos.execve('/bin/true', ${argument}, {'E' + str(i): 'y' * 100000 for i in range(9)})\n`,
    );
    const { events, counters, file: capture } = await recordVictim(`python3 ${file}`);
    assert.equal(counters.malformed, 0);
    if (has('sysdig')) {
      const shown = spawnSync('sysdig', ['-r', capture, '-p', '%proc.name', 'evt.type=execve'], { encoding: 'utf8' });
      assert.match(shown.stdout, /^true$/m, shown.stderr);
    }
    const at = events.findIndex((e) => e.name === 'SYSCALL_EXECVE_19_X' && (e.params.args?.length ?? 0) > 35_000);
    assert.ok(at >= 0);
    const told = events.filter((e) => e.name === 'NOTIFICATION_E').map((e) => e.params.desc?.toString() ?? '');
    assert.ok(
      told.some((line) => /^arguments of 1000\d{3} bytes cut after 40960/.test(line)),
      told.join(),
    );
    assert.ok(
      told.some((line) => /^environment of 9\d{5} bytes cut after 16383/.test(line)),
      told.join(),
    );
    assert.ok(events.some((e) => e.name === 'PROCEXIT_1_E'));
  });

  it('the 4,096 descriptors of a process are in the snapshot', { skip: usable }, async () => {
    const program = compile(
      'holder',
      `#include <fcntl.h>
#include <unistd.h>
int main(void) { for (int i = 0; i < 4096; i++) if (open("/dev/null", O_RDONLY) < 0) return 1;
  close(creat("held", 0600)); pause(); return 0; }`,
    );
    const held = path.join(testDirectory, 'held');
    const victim = await Victim.start(`ulimit -n 5000; exec ${program}`);
    try {
      victim.go();
      await waitFor(() => existsSync(held), { limit: 5000, what: 'the descriptors' });
      const sensor = await startSensor({
        objectPath: testObject,
        victim: { initPid: victim.initPid },
        onChunk: () => undefined,
        onError: assert.fail,
      });
      await sensor.stop();
      assert.ok((sensor.snapshot.descriptors.get(victim.initPid)?.length ?? 0) >= 4096);
    } finally {
      victim.kill();
      await victim.ended();
    }
  });
});
