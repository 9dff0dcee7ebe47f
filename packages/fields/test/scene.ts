/**
 * A small intrusion that touches every field: eve logs in, her shell runs in a container, a child of it opens files,
 * talks to a server and to the log, waits, fails. Times are one microsecond apart; `look` sees the state at each step.
 */
import assert from 'node:assert/strict';
import { TextBuffer } from '@waspglass/kit';
import type { Field, FieldArgument } from '@waspglass/lang';
import { descriptorEntry, fdType, processEntry, ScapReader, utf8 } from '@waspglass/scap';
import { loadDescriptors, loadProcess, loadUsers, State } from '@waspglass/state';
import { cloned, encode, event, executed, type Made, tuple4 } from '../../state/test/stream.ts';
import { EventContext, eventFields } from '../src/index.ts';

const ID = '0123456789ab'.padEnd(64, 'c');
const CGROUPS = utf8(`cpuset=/docker/${ID}\0cpu=/docker/${ID}\0`);
const NOW = 1_767_225_600_000_000_000n;
const CAT = 20;
const SERVER = [192, 0, 2, 80];
const OWN = [192, 0, 2, 7];

const DESCRIPTION = {
  container: {
    id: ID.slice(0, 12),
    full_id: ID,
    name: 'trap',
    type: 0,
    image: 'registry.invalid/trap:1.2',
    imageid: 'f00d',
    imagerepo: 'registry.invalid/trap',
    imagetag: '1.2',
    imagedigest: 'sha256:feed',
    ip: '192.0.2.7',
    cni_json: '{"eth0":"192.0.2.7"}',
    privileged: true,
    host_pid: false,
    host_network: true,
    host_ipc: false,
    Mounts: [
      { Source: '/srv/bait', Destination: '/data', Mode: 'ro', RW: false, Propagation: 'rprivate' },
      { Source: '/etc', Destination: '/host/etc', Mode: '', RW: true, Propagation: 'rslave' },
    ],
    labels: {
      'io.kubernetes.pod.name': 'trap-0',
      'io.kubernetes.pod.namespace': 'baits',
      'io.kubernetes.pod.uid': '11-22',
    },
    pod_sandbox_id: 'fedcba9876543210',
    pod_sandbox_labels: { app: 'trap', tier: 'front' },
    Healthcheck: { exe: '/bin/check', args: ['-q'] },
    LivenessProbe: { exe: '/bin/alive', args: [] },
    ReadinessProbe: { exe: '/bin/ready', args: [] },
  },
};

/** `count`, then descriptor and flags of each. */
function poll(...entries: readonly (readonly [fd: number, flags: number])[]): Uint8Array {
  const bytes = new Uint8Array(2 + 10 * entries.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, entries.length, true);
  for (const [i, [fd, flags]] of entries.entries()) {
    view.setBigInt64(2 + 10 * i, BigInt(fd), true);
    view.setUint16(10 + 10 * i, flags, true);
  }
  return bytes;
}

const unixTuple = Uint8Array.from([1, ...new Uint8Array(16).fill(7), ...utf8('/dev/log\0')]);
const client = tuple4(OWN, 40022, SERVER, 22);

/** cat, from a file whose status changed 1.024 s before the capture, in the lower layer of an overlay. */
const image = executed(0, CAT, 9, 'cat', '-n\0notes.txt\0', '/usr/bin/cat')
  .with(19, 9)
  .with(24, Number(NOW - 1_024_000_000n));

/** Steps by name, in order. */
export const steps: Readonly<Record<string, Made>> = {
  container: event('CONTAINER_JSON_2_E', -1, JSON.stringify(DESCRIPTION)),
  clone: event('SYSCALL_CLONE_20_X', CAT, ...cloned(0, CAT, CAT, 9)),
  execve: event('SYSCALL_EXECVE_19_X', CAT, ...image),
  open: event('SYSCALL_OPENAT_2_X', CAT, 3, -100, '../eve/.ssh/keys', 16646 | (1 << 15), 0o755, 0xfe01, 42),
  layer: event('SYSCALL_OPEN_X', CAT, 6, '/etc/motd', 1 | (1 << 16), 0, 5, 43),
  read: event('SYSCALL_READ_X', CAT, 5, 'hello', 3, 4096),
  write: event('SYSCALL_WRITE_X', CAT, 2, 'ok', 3, 2),
  missing: event('SYSCALL_OPEN_X', CAT, -2, '/etc/shadow.bak', 1, 0, 0, 0),
  socket: event('SOCKET_SOCKET_X', CAT, 4, 2, 1, 0, null),
  connect: event('SOCKET_CONNECT_X', CAT, 0, client, 4, null),
  send: event('SOCKET_SENDTO_X', CAT, 3, 'GET', 4, 3, client),
  receive: event('SOCKET_RECV_X', CAT, 4, 'pong', 4, 64, null),
  reset: event('SOCKET_RECV_X', CAT, -104, '', 4, 64, null),
  poll: event('SYSCALL_POLL_X', CAT, 1, poll([3, 1], [4, 4]), 5),
  unix: event('SOCKET_SOCKET_X', CAT, 5, 1, 2, 0, null),
  log: event('SOCKET_CONNECT_X', CAT, 0, unixTuple, 5, null),
  syslog: event('SOCKET_SENDTO_X', CAT, 20, '<38>cat: never mind', 5, 20, null),
  rename: event('SYSCALL_RENAMEAT2_X', CAT, 0, -100, 'notes.txt', -100, '/tmp/../tmp/n', 0),
  symlink: event('SYSCALL_SYMLINKAT_X', CAT, 0, '../etc', -100, 'link'),
  protect: event('SYSCALL_MPROTECT_X', CAT, -12, 4096, 4096, 3),
  kill: event('SYSCALL_KILL_X', CAT, -3, 99_999, 9),
  sleeping: event('SYSCALL_NANOSLEEP_E', CAT, 1000),
  slept: event('SYSCALL_NANOSLEEP_X', CAT, 0),
  busy: event('SCHEDSWITCH_6_E', CAT, 1, 0, 0, 0, 0, 0),
  switch: event('SCHEDSWITCH_6_E', CAT, 1, 0, 0, 0, 0, 0),
  sample: event('PROCINFO_E', CAT, 10, 5),
  async: event('ASYNCEVENT_E', CAT, 1, 'container_added', JSON.stringify(DESCRIPTION)),
  docker: event('INFRASTRUCTURE_EVENT_E', 9, 'docker', 'start', 'Event: start; ID: 0123; Name: trap; Image: bait', ''),
  child: event('SYSCALL_CLONE_20_X', 21, ...cloned(0, 21, 21, CAT)),
  host: event('SYSCALL_SETSID_X', 7, 7),
};

function machine(): State {
  const state = new State({ enterEvents: true });
  const base = { cwd: utf8('/'), fdlimit: 1024n };
  loadProcess(state, processEntry({ ...base, tid: 1, comm: utf8('init'), exe: utf8('/sbin/init'), sid: 1, vpgid: 1 }));
  loadProcess(
    state,
    processEntry({ ...base, tid: 7, ptid: 1, sid: 7, comm: utf8('sshd'), exe: utf8('/usr/sbin/sshd') }),
  );
  loadProcess(
    state,
    processEntry({
      ...base,
      tid: 9,
      ptid: 7,
      sid: 9,
      vpgid: 9,
      comm: utf8('bash'),
      exe: utf8('-bash'),
      exepath: utf8('/usr/bin/bash'),
      args: utf8('-c\0id; whoami\0'),
      cwd: utf8('/home/eve'),
      env: utf8('HOME=/home/eve\0TERM=xterm\0'),
      cgroups: CGROUPS,
      uid: 1000,
      gid: 1000,
      loginuid: 1000,
      tty: 34816,
      pidnsStart: NOW - 60_000_000_000n,
      exeIno: 77n,
      exeCtime: NOW - 30_000_000_000n,
      exeMtime: NOW - 40_000_000_000n,
      exeUpperLayer: true,
      exeFromMemfd: true,
      capInheritable: 1n,
      capPermitted: 3n,
      capEffective: 2n,
      vmSize: 4096,
      vmRss: 2048,
      vmSwap: 12,
      pfMajor: 3,
      pfMinor: 250,
    }),
  );
  loadProcess(state, processEntry({ tid: 10, pid: 9, ptid: 7, comm: utf8('bash') }));
  const file = { type: fdType.FILE_2, name: utf8('/dev/pts/0') };
  loadDescriptors(
    state,
    9,
    [0, 1, 2].map((fd) => descriptorEntry({ fd, ...file, dev: 5 })),
  );
  const eve = { uid: 1000, gid: 1000, name: utf8('eve'), home: utf8('/home/eve'), shell: utf8('/bin/bash') };
  const root = { uid: 0, gid: 0, name: utf8('root'), home: utf8('/root'), shell: utf8('/bin/sh') };
  loadUsers(
    state,
    [eve, root],
    [
      { gid: 1000, name: utf8('eves') },
      { gid: 0, name: utf8('root') },
    ],
  );
  return state;
}

/** Plays the scene; `look` sees each step. */
export function play(look: (step: string, c: EventContext) => void): void {
  const state = machine();
  const context = new EventContext(state, { hostname: 'bait' });
  const names = Object.keys(steps);
  let i = 0;
  const reader = new ScapReader(
    {
      onEvent: (cursor) => {
        state.before(cursor);
        context.set(cursor);
        look(names[i++] ?? '', context);
        state.after(cursor);
      },
    },
    { headless: true },
  );
  reader.push(encode(Object.values(steps)));
  reader.end();
}

/** A field's value as text; undefined when it has none. `name` may end in an argument: `proc.aname[2]`. */
export function valueAt(c: EventContext, name: string): string | undefined {
  const { field, arg } = named(name);
  return textOf(c, field, arg);
}

/** What a field writes, '' when it says that it has no value; undefined for fields that don't write. */
export function writtenAt(c: EventContext, name: string): string | undefined {
  const { field, arg } = named(name);
  const out = new TextBuffer(1, (text) => text);
  const found = field.write?.(c, arg, out);
  if (found === false) assert.equal(out.length, 0);
  return found === undefined ? undefined : out.since(0);
}

function named(name: string): { field: Field<EventContext>; arg: FieldArgument } {
  const [, row = name, argument] = /^([^[]+)\[(.*)\]$/s.exec(name) ?? [];
  const arg: FieldArgument = argument !== undefined && /^\d{1,9}$/.test(argument) ? Number(argument) : argument;
  return { field: eventFields[row] as Field<EventContext>, arg };
}

function textOf(c: EventContext, field: Field<EventContext>, arg: FieldArgument): string | undefined {
  const out: number[] = [];
  const { symbols } = c.state;
  const address = (id: number) => symbols.text(c.texts.address(id));
  switch (field.kind) {
    case 'sym': {
      const id = field.get(c, arg, out);
      return id === 0 ? undefined : symbols.text(id);
    }
    case 'addr': {
      const id = field.get(c, arg, out);
      return id === 0 ? undefined : address(id);
    }
    case 'num': {
      const value = field.get(c, arg, out);
      return Number.isNaN(value) ? undefined : (field.print?.(value) ?? String(value));
    }
    case 'bool': {
      const value = field.get(c, arg, out);
      return value < 0 ? undefined : String(value === 1);
    }
    case 'syms':
    case 'addrs':
    case 'nums': {
      field.get(c, arg, out);
      const text = { syms: (id: number) => symbols.text(id), addrs: address, nums: String }[field.kind];
      return out.length === 0 ? undefined : out.map(text).join(' ');
    }
    case 'big': {
      const value = field.get(c, arg, out);
      return value === null ? undefined : (field.print?.(value) ?? String(value));
    }
    default: {
      const value = field.get(c, arg, out);
      return value === null ? undefined : (field.print?.(value) ?? value);
    }
  }
}
