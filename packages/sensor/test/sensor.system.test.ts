import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { waitFor } from '@waspglass/kit';
import { syscallByName } from '@waspglass/schema';
import { checkKernel, startSensor } from '../src/index.ts';
import { readEvents, type SeenEvent } from './records.ts';
import { cannotRun, recordVictim, testDirectory, testObject, Victim } from './victim.ts';

const skip = cannotRun();
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** `exe arguments` of every successful exec, in order. */
function commands(events: readonly SeenEvent[]): string[] {
  return events
    .filter((e) => e.name === 'SYSCALL_EXECVE_19_X' && e.params.res?.readBigInt64LE() === 0n)
    .map((e) => `${text(e, 'exe')} ${text(e, 'args').replaceAll('\0', ' ')}`.trim());
}

function text(event: SeenEvent | undefined, name: string): string {
  return (event?.params[name]?.toString('latin1') ?? '').replace(/\0$/, '');
}

function named(events: readonly SeenEvent[], name: string): SeenEvent[] {
  return events.filter((e) => e.name === name);
}

/** What this process still holds of BPF: descriptors and mappings. */
function bpfLeftovers(): string[] {
  const links = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
  const maps = readFileSync('/proc/self/maps', 'latin1').split('\n');
  return [...links, ...maps].filter((line) => /bpf/.test(line) && !line.includes('libbpf'));
}

describe('the sensor', { skip }, () => {
  it('records the commands in order; sysdig reads the same list', async () => {
    const script = 'ls -a /; id -u; sh -c "exit 3"; env A=1 true; cat /etc/hostname /etc/hosts; exec sleep 0';
    const { events, file, counters } = await recordVictim(script);
    const list = [
      'ls -a /',
      'id -u',
      'sh -c exit 3',
      'env A=1 true',
      'true',
      'cat /etc/hostname /etc/hosts',
      'sleep 0',
    ];
    assert.deepEqual(commands(events), list);
    assert.equal(counters.lost, 0);
    assert.equal(counters.malformed, 0);
    assert.equal(counters.seen, counters.sent);
    assert.equal(counters.drained, counters.sent);
    const status = named(events, 'PROCEXIT_1_E').map((e) => e.params.ret?.readBigInt64LE());
    assert.ok(status.includes(3n));
    if (!has('sysdig')) return;
    const filter = 'evt.type=execve and evt.dir=< and evt.failed=false';
    const shown = spawnSync('sysdig', ['-r', file, '-p', '%proc.cmdline', filter], { encoding: 'utf8' });
    assert.equal(shown.status, 0, shown.stderr);
    assert.deepEqual(shown.stdout.trim().split('\n'), list);
    const all = spawnSync('sysdig', ['-r', file, '-q', '-p', '%evt.num'], { encoding: 'utf8', maxBuffer: 1 << 26 });
    assert.equal(all.status, 0);
  });

  it('keeps what was written, and names of files, descriptors and directories', async () => {
    const { events, file } = await recordVictim(
      'mkdir sub; cd sub; printf "* * * * * root /tmp/x\\n" > job; mv job done; chmod 4755 done; rm done; cd ..; rmdir sub; exec ls',
    );
    const written = named(events, 'SYSCALL_WRITE_X').map((e) => text(e, 'data'));
    assert.ok(written.includes('* * * * * root /tmp/x\n'));
    assert.ok(named(events, 'SYSCALL_CHDIR_X').some((e) => text(e, 'path') === path.join(testDirectory, 'sub')));
    const renamed = [...named(events, 'SYSCALL_RENAME_X'), ...named(events, 'SYSCALL_RENAMEAT2_X')];
    assert.ok(renamed.some((e) => text(e, 'oldpath') === 'job' && text(e, 'newpath') === 'done'));
    assert.ok(named(events, 'SYSCALL_FCHMODAT_X').some((e) => e.params.mode?.readUInt32LE() === 0o4755));
    assert.ok(named(events, 'SYSCALL_UNLINKAT_2_X').some((e) => text(e, 'name') === 'done'));
    const rm = named(events, 'SYSCALL_EXECVE_19_X').find((e) => text(e, 'comm') === 'rm');
    assert.equal(text(rm, 'cwd'), path.join(testDirectory, 'sub'));
    assert.match(text(rm, 'trusted_exepath'), /^(\/usr)?\/bin\/rm$/);
    if (!has('sysdig')) return;
    const filter = 'evt.type=write and evt.dir=< and fd.name contains job';
    const shown = spawnSync('sysdig', ['-r', file, '-p', '%proc.name %fd.name', filter], { encoding: 'utf8' });
    assert.equal(shown.stdout.trim(), `sh ${path.join(testDirectory, 'sub/job')}`);
  });

  it('sees what leaves the mount namespace and what enters it', async () => {
    const { events } = await recordVictim('unshare -m id one; unshare -m sh -c "unshare -m id two; id three"', {
      before: async (victim) => {
        const entered = spawnSync('nsenter', ['-t', String(victim.initPid), '-m', '-p', 'id', '-u']);
        assert.equal(entered.status, 0);
        assert.equal(spawnSync('id', ['-g']).status, 0);
      },
    });
    const list = commands(events).filter((line) => line.startsWith('id '));
    assert.deepEqual(list, ['id -u', 'id one', 'id two', 'id three']);
  });

  it('never reads a 32-bit call with the 64-bit table', { skip: process.arch !== 'x64' || !has('gcc') }, async (t) => {
    const source = path.join(testDirectory, 'compat.s');
    const program = path.join(testDirectory, 'compat');
    // getpid (39) of the 64-bit table is mkdir of the 32-bit one
    writeFileSync(
      source,
      `.globl _start
       .data
       path: .asciz "${path.join(testDirectory, 'made32')}"
       .text
       _start: mov $39, %eax
       mov $path, %ebx
       mov $0755, %ecx
       int $0x80
       mov $231, %eax
       xor %edi, %edi
       syscall
      `,
    );
    const built = spawnSync('gcc', ['-nostdlib', '-static', '-no-pie', '-o', program, source], { encoding: 'utf8' });
    assert.equal(built.status, 0, built.stderr);
    const { events } = await recordVictim(program);
    if (!readdirSync(testDirectory).includes('made32')) {
      t.skip('the kernel has no 32-bit system calls');
      return;
    }
    const made = named(events, 'SYSCALL_MKDIR_2_X').map((e) => text(e, 'path'));
    assert.deepEqual(made, [path.join(testDirectory, 'made32')]);
  });

  it('shows what other calls did', { skip: !has('gcc') || !has('ip') }, async () => {
    const program = path.join(testDirectory, 'calls');
    const built = spawnSync('gcc', ['-o', program, path.join(import.meta.dirname, 'calls.c')], { encoding: 'utf8' });
    assert.equal(built.status, 0, built.stderr);
    const { events, counters, file } = await recordVictim(`ip link set lo up; ${program}`);
    assert.equal(counters.malformed, 0);
    const last = (name: string) => named(events, name).at(-1);
    assert.equal(text(last('SYSCALL_MEMFD_CREATE_X'), 'name'), 'payload');
    assert.equal(text(last('SYSCALL_PRCTL_X'), 'arg2_str'), 'kworker/0:1');
    const memfd = named(events, 'SYSCALL_EXECVE_19_X').find((e) => text(e, 'exe') === 'from-memory');
    assert.match(text(memfd, 'trusted_exepath'), /memfd:payload/);
    assert.equal((memfd?.params.flags?.readUInt32LE() ?? 0) & 4, 4);
    assert.equal(text(last('SYSCALL_WRITEV_X'), 'data'), 'onetwo');
    assert.equal(text(last('SYSCALL_READV_X'), 'data'), 'onetwo');
    assert.equal(text(last('SOCKET_SENDMSG_X'), 'data'), 'message');
    assert.equal(text(last('SOCKET_SENDMMSG_X'), 'data'), 'first');
    assert.equal(last('SOCKET_SENDMMSG_X')?.params.tuple?.subarray(-6).toString('hex'), '7f0000353500');
    assert.equal(last('SYSCALL_PIPE_X')?.params.fd1?.length, 8);
    assert.notEqual(last('SYSCALL_PIPE_X')?.params.ino?.readBigUInt64LE(), 0n);
    assert.equal(last('SOCKET_SOCKETPAIR_X')?.params.fd2?.length, 8);
    assert.equal(text(last('SOCKET_BIND_X'), 'addr'), '\x01@hidden');
    assert.equal(last('SYSCALL_KILL_E')?.params.sig?.[0], 10);
    assert.equal(last('SYSCALL_SETRESUID_E')?.params.euid?.readUInt32LE(), 1234);
    assert.equal(last('SYSCALL_PTRACE_E')?.params.request?.readUInt16LE(), 1);
    assert.equal(text(last('SYSCALL_MOUNT_X'), 'type'), 'tmpfs');
    assert.equal(text(last('SYSCALL_OPENAT2_X'), 'name'), '/etc/hostname');
    const truncated = named(events, 'GENERIC_E').map((e) => e.params.ID?.readUInt16LE());
    assert.ok(truncated.includes(syscallByName('truncate')?.code));
    const thread = named(events, 'SYSCALL_CLONE3_X').concat(named(events, 'SYSCALL_CLONE_20_X'));
    assert.ok(thread.some((e) => ((e.params.flags?.readUInt32LE() ?? 0) & 8192) !== 0));
    if (!has('sysdig')) return;
    const shown = spawnSync('sysdig', ['-r', file, 'evt.type!=open'], { encoding: 'utf8', maxBuffer: 1 << 26 });
    assert.equal(shown.status, 0, shown.stderr);
    assert.match(shown.stdout, /> ptrace request=1\(PTRACE_TRACEME\)/);
  });

  it('tells files that were added to an overlay from those of the image', async () => {
    const { events } = await recordVictim(
      'mkdir lower upper work merged; cp /usr/bin/env lower/image; ' +
        'mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged; ' +
        'cp /usr/bin/env merged/dropped; merged/image; merged/dropped; umount merged; rm -r lower upper work merged',
    );
    const flags = (exe: string) =>
      named(events, 'SYSCALL_EXECVE_19_X')
        .find((e) => text(e, 'exe') === exe)
        ?.params.flags?.readUInt32LE();
    assert.equal((flags('merged/image') ?? 0) & (2 | 8), 8);
    assert.equal((flags('merged/dropped') ?? 0) & (2 | 8), 2);
  });

  it('counts what it loses: seen = sent + lost', async () => {
    const { counters, chunkEvents, events, file } = await recordVictim(
      'dd if=/dev/zero of=/dev/null bs=1 count=50000',
      {
        ringBytes: 64 * 1024,
      },
    );
    assert.ok(counters.seen >= 100_000, `${counters.seen} seen`);
    assert.ok(counters.lost > 0, 'the ring was meant to be too small');
    assert.equal(counters.seen, counters.sent + counters.lost);
    assert.equal(counters.drained, counters.sent);
    assert.equal(chunkEvents, counters.events);
    assert.equal(events.length, counters.events);
    const told = named(events, 'NOTIFICATION_E').map((e) => Number.parseInt(text(e, 'desc'), 10));
    assert.equal(
      told.reduce((sum, n) => sum + n, 0),
      counters.lost,
    );
    if (!has('sysdig')) return;
    const shown = spawnSync('sysdig', ['-r', file, 'evt.type=notification'], { encoding: 'utf8', maxBuffer: 1 << 26 });
    assert.match(shown.stdout, /id=waspglass.lost desc=\d+ events/);
  });

  it('in overload thins who floods, nobody else, and never the first lane', async () => {
    const flood = 'dd if=/dev/zero of=/dev/null bs=1 count=150000 & dd if=/dev/zero of=/dev/null bs=1 count=150000 &';
    const quiet = 'for i in 1 2 3 4 5 6 7 8; do echo "quiet $i" > quiet$i; mv quiet$i moved$i; rm moved$i; done; wait';
    const { counters, events } = await recordVictim(`${flood} ${quiet}`, { ringBytes: 512 * 1024 });
    assert.ok(counters.thinned > 0, 'the ring was meant to be crowded');
    assert.equal(counters.lostFirst, 0);
    assert.equal(counters.lost, counters.lostBulk + counters.thinned);
    assert.equal(counters.seen, counters.sent + counters.lost);
    const removed = named(events, 'SYSCALL_UNLINKAT_2_X').filter((e) => /^moved\d/.test(text(e, 'name')));
    assert.equal(removed.length, 8);
    assert.equal(commands(events).filter((line) => /^(mv|rm) /.test(line)).length, 16);
    const told = named(events, 'NOTIFICATION_E').map((e) => text(e, 'desc'));
    assert.ok(told.length > 0);
    for (const line of told)
      assert.match(line, /first lane full 0, bulk lane full \d+, share of a process used up \d+$/);
  });

  it('puts both lanes in order of time', async () => {
    const { events } = await recordVictim('for i in 1 2 3 4 5 6; do cat /etc/hostname > copy; rm copy; done');
    const last = new Map<number, bigint>();
    for (const event of events) {
      assert.ok(event.time >= (last.get(event.tid) ?? 0n), `${event.name} of ${event.tid} is out of order`);
      last.set(event.tid, event.time);
    }
  });

  it('shows signals, and the size of a terminal', { skip: !has('script') }, async () => {
    const { events } = await recordVictim(
      'trap "true" USR1; kill -USR1 $$; script -qc "stty rows 31 cols 97" /dev/null',
    );
    const signals = named(events, 'SIGNALDELIVER_E').map((e) => e.params.sig?.[0]);
    assert.ok(signals.includes(10), signals.join());
    const sizes = named(events, 'SYSCALL_IOCTL_3_E')
      .filter((e) => e.params.request?.readBigUInt64LE() === 0x5414n)
      .map((e) => [e.params.argument?.readUInt16LE(0), e.params.argument?.readUInt16LE(2)].join());
    assert.ok(sizes.includes('31,97'), sizes.join(' '));
  });

  it('keeps as much data as it was told to', async () => {
    const script = 'head -c 3000 /dev/zero > big; rm big';
    const longest = async (snapLength: number) => {
      const { events } = await recordVictim(script, { snapLength });
      const sizes = named(events, 'SYSCALL_WRITE_X').map((e) => [
        e.params.data?.length,
        e.params.res?.readBigInt64LE(),
      ]);
      return sizes.sort(([a = 0], [b = 0]) => Number(b) - Number(a))[0];
    };
    assert.deepEqual(await longest(100), [100, 3000n]);
    assert.deepEqual(await longest(4096), [3000, 3000n]);
  });

  it('connections: addresses as given, even when refused', { skip: !has('bash') }, async () => {
    const { events, file } = await recordVictim(
      "bash -c 'exec 3<>/dev/tcp/127.0.0.1/4444' ; bash -c 'exec 3<>/dev/tcp/::1/4445'",
    );
    const enters = named(events, 'SOCKET_CONNECT_E').map((e) => e.params.addr?.toString('hex'));
    assert.ok(enters.includes('027f0000015c11'), enters.join());
    assert.ok(enters.includes('0a000000000000000000000000000000015d11'), enters.join());
    const tuples = named(events, 'SOCKET_CONNECT_X').map((e) => e.params.tuple?.subarray(7).toString('hex'));
    assert.ok(tuples.includes('7f0000015c11'), tuples.join());
    if (!has('sysdig')) return;
    const filter = 'evt.type=connect and evt.dir=<';
    const shown = spawnSync('sysdig', ['-r', file, '-p', '%evt.args', filter], { encoding: 'utf8' });
    assert.match(shown.stdout, /->127\.0\.0\.1:4444/);
  });

  it('the snapshot has the processes and descriptors of the victim only', async () => {
    await recordVictim('true', {
      before: async (victim, { snapshot }) => {
        const init = snapshot.processes.find((p) => p.tid === victim.initPid);
        assert.ok(init);
        assert.equal(init.vpid, 1);
        assert.equal(Buffer.from(init.exe).toString(), 'sh');
        assert.equal(Buffer.from(init.cwd).toString(), testDirectory);
        assert.ok(!snapshot.processes.some((p) => p.pid === process.pid));
        assert.ok((snapshot.descriptors.get(victim.initPid)?.length ?? 0) >= 3);
        assert.ok(snapshot.users.some((u) => Buffer.from(u.name).toString() === 'root'));
      },
    });
  });

  it('a session that is open when the sensor starts is one', { skip: !(has('script') && has('python3')) }, async () => {
    const at = (name: string) => path.join(testDirectory, name);
    // busy all the time, so that it is met before the sensor has looked through /proc
    const busy = `import os
open('${at('busy')}', 'w').close()
while not os.path.exists('${at('on')}'): pass
os.write(os.open('${at('long')}', os.O_CREAT | os.O_WRONLY), b'l' * 50000)
`;
    writeFileSync(at('busy.py'), busy);
    const victim = await Victim.start(`script -qc 'python3 ${at('busy.py')}' /dev/null`);
    const chunks: Uint8Array[] = [];
    try {
      victim.go();
      await waitFor(() => existsSync(at('busy')), { limit: 10_000, what: 'the session' });
      const sensor = await startSensor({
        objectPath: testObject,
        victim: { initPid: victim.initPid },
        onChunk: ({ data }) => chunks.push(data.slice()),
        onError: assert.fail,
      });
      writeFileSync(at('on'), '');
      await victim.ended();
      await sensor.stop();
    } finally {
      victim.kill();
    }
    const written = chunks.flatMap(readEvents).filter((e) => e.name === 'SYSCALL_WRITE_X');
    assert.ok(written.some((e) => e.params.data?.length === 50_000));
  });

  it('leaves nothing in the kernel', async () => {
    await recordVictim('true');
    assert.deepEqual(bpfLeftovers(), []);
  });

  it('says of each thing that it needs whether it is there', () => {
    const here = checkKernel(testObject);
    assert.deepEqual(
      here.filter(({ ok, needed }) => needed && !ok),
      [],
    );
    const without = checkKernel('/nonexistent.o').filter(({ ok, needed }) => needed && !ok);
    assert.deepEqual(
      without.map(({ name }) => name),
      ['probes', 'programs'],
    );
    assert.deepEqual(bpfLeftovers(), []);
  });

  it('says what is wrong: no victim, no object, a bad option', async () => {
    const base = {
      objectPath: testObject,
      victim: { initPid: 4_194_304 },
      onChunk: () => undefined,
      onError: assert.fail,
    };
    await assert.rejects(startSensor(base), { code: 'WG_SENSOR_NO_VICTIM' });
    const victim = await Victim.start('true');
    try {
      const at = { ...base, victim: { initPid: victim.initPid } };
      await assert.rejects(startSensor({ ...at, objectPath: '/nonexistent.o' }), { code: 'WG_SENSOR_OBJECT' });
      await assert.rejects(startSensor({ ...at, objectPath: '/etc/hostname' }), { code: 'WG_SENSOR_OBJECT' });
      await assert.rejects(startSensor({ ...at, snapLength: 5000 }), { code: 'WG_SENSOR_OPTION' });
      await assert.rejects(startSensor({ ...at, ringBytes: 100_000 }), { code: 'WG_SENSOR_OPTION' });
      await assert.rejects(startSensor({ ...at, skip: ['raed'] }), { code: 'WG_SENSOR_OPTION' });
    } finally {
      victim.kill();
      await victim.ended();
    }
    assert.deepEqual(bpfLeftovers(), []);
  });

  it('keeps long arguments up to a limit, and says what was cut', async () => {
    const program = 'a=$(head -c 100000 /dev/zero | tr "\\0" x); exec /bin/true $a tail';
    const { events } = await recordVictim(program);
    const at = events.findIndex((e) => e.name === 'SYSCALL_EXECVE_19_X' && (e.params.args?.length ?? 0) > 35_000);
    assert.ok(at > 0);
    assert.match(text(events[at + 1], 'desc'), /^arguments of 1000\d\d bytes cut after 40960/);
  });
});
