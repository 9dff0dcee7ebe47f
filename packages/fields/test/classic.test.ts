/** What `read --enter` says as sysdig 0.29.3 does, and what both renderings count. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScapReader, utf8 } from '@waspglass/scap';
import { loadProcess, State } from '@waspglass/state';
import { encode, event, INIT, type Made, SHELL } from '../../state/test/stream.ts';
import { EventContext, eventFields } from '../src/index.ts';

/** Texts of fields at each event, null where they have no value. */
function texts(events: readonly Made[], fields: readonly string[], classic: boolean): unknown[][] {
  const state = new State({ enterEvents: classic });
  for (const entry of [INIT, SHELL]) loadProcess(state, entry);
  const context = new EventContext(state, { classic });
  const seen: unknown[][] = [];
  const onEvent = (c: ScapReader['cursor']) => {
    state.before(c);
    context.set(c);
    if (!state.hidden || classic) seen.push(fields.map((name) => textOf(context, name)));
    state.after(c);
  };
  const reader = new ScapReader({ onEvent }, { headless: true });
  reader.push(encode(events));
  reader.end();
  return seen;
}

function textOf(c: EventContext, field: string): unknown {
  const [name = '', arg] = field.split('/');
  const row = eventFields[name];
  const value = row?.get(c, arg, []);
  if (row?.kind === 'sym') return value === 0 ? null : c.state.symbols.text(Number(value));
  return Number.isNaN(value) ? null : value;
}

const log = Uint8Array.from([1, ...utf8('/dev/log')]);

test('a write to the log is shown as what it says', () => {
  const events = [
    event('SOCKET_SOCKET_E', 100, 1, 2, 0),
    event('SOCKET_SOCKET_X', 100, 3),
    event('SOCKET_CONNECT_E', 100, 3, log),
    event('SOCKET_CONNECT_X', 100, -111, null),
    event('SOCKET_SENDTO_E', 100, 3, 9, null),
    event('SOCKET_SENDTO_X', 100, 9, '<85>hello'),
    event('SYSCALL_CLOSE_E', 100, 3),
  ];
  const seen = texts(events, ['fd.name', 'evt.info'], true);
  assert.deepEqual(seen[2], ['/dev/log', 'fd=3(<u>/dev/log) addr=/dev/log ']);
  assert.deepEqual(seen[5], ['/dev/log', 'syslog sev=notice msg=hello']);
  assert.deepEqual(seen[6], ['/dev/log', 'fd=3(<u>/dev/log) ']);
});

test('what a call moved counts, not what the capture holds of it', () => {
  const events = [
    event('SYSCALL_OPEN_X', 100, 3, '/etc/passwd', 1, 0, 0, 0),
    event('SYSCALL_READ_X', 100, 4000, 'root', 3, 4096),
    event('SYSCALL_READ_X', 100, -11, '', 3, 4096),
    event('SYSCALL_READ_X', 100, 4000, 'root', 9, 4096),
  ];
  const seen = texts(events, ['evt.buflen', 'evt.buflen.file.in', 'evt.buflen.out'], false);
  assert.deepEqual(seen, [
    [null, null, null],
    [4000, 4000, null],
    [null, null, null],
    [null, null, null],
  ]);
});

test('raw arguments are in the base of their parameter, paths as they were given', () => {
  const events = [
    event('SYSCALL_OPEN_X', 100, 3, 'notes/..', 1 | (1 << 10) | (1 << 12), 0o755, 0, 0),
    event('SYSCALL_OPEN_X', 100, -2, '../gone', 1, 0, 0, 0),
    event('SYSCALL_MMAP_E', 100, 0, 10, 1, 2, 3, 0),
  ];
  const fields = ['evt.rawarg/flags', 'evt.rawarg/mode', 'fd.nameraw', 'fd.directory', 'fd.filename', 'fd.num'];
  const [directory, missing] = texts(events, fields, false);
  assert.deepEqual(directory, ['1401', '755', 'notes/..', '/root', null, 3]);
  assert.deepEqual(missing?.slice(2), ['../gone', '/', null, -1]);
  assert.deepEqual(texts(events, ['fd.num'], true)[2], [null]);
});

test('ids beyond any are -1, and a path without a byte stands for nothing', () => {
  const nobody = 0xffffffff;
  const events = [
    event('SYSCALL_CHOWN_X', 100, 0, '/tmp/x', nobody, nobody),
    event('SYSCALL_NEWFSTATAT_X', 100, 0, -100, '', 4096),
  ];
  assert.deepEqual(texts(events, ['evt.args'], false), [
    ['res=0 path=/tmp/x uid=-1 gid=-1'],
    ['res=0 dirfd=-100(AT_FDCWD) path= flags=4096(AT_EMPTY_PATH)'],
  ]);
});
