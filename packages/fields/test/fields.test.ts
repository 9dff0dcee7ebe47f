import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilter, type Field, type FieldArgument, parse } from '@waspglass/lang';
import { EventEncoder, processEntry, ScapReader, utf8 } from '@waspglass/scap';
import { eventId, eventTypes } from '@waspglass/schema';
import { loadProcess, loadUsers, State } from '@waspglass/state';
import { type AuthContext, authFields, EventContext, eventFields } from '../src/index.ts';

const TIME = 1_795_602_508_657_470_887n;

/** One openat by a shell under sshd, user eve. */
function openEvent(look: (c: EventContext) => void): void {
  const state = new State();
  loadProcess(state, processEntry({ tid: 7, ptid: 1, comm: utf8('sshd'), exe: utf8('sshd'), cwd: utf8('/') }));
  loadProcess(
    state,
    processEntry({
      tid: 9,
      ptid: 7,
      sid: 9,
      comm: utf8('bash'),
      exe: utf8('-bash'),
      exepath: utf8('/usr/bin/bash'),
      args: utf8('-c\0id; whoami\0'),
      cwd: utf8('/home/eve'),
      env: utf8('HOME=/home/eve\0TERM=xterm\0'),
      uid: 1000,
      gid: 1000,
      loginuid: 1000,
      tty: 34816,
    }),
  );
  const eve = { uid: 1000, gid: 1000, name: utf8('eve'), home: utf8('/home/eve'), shell: utf8('/bin/sh') };
  loadUsers(state, [eve], [{ gid: 1000, name: utf8('eves') }]);
  const encoder = new EventEncoder();
  encoder.begin(eventId.SYSCALL_OPENAT_2_X, Number(TIME & 0xffffffffn), Number(TIME >> 32n), 9, 1, 7);
  encoder.i64(3);
  encoder.i64(-100);
  encoder.str('../eve/.ssh/authorized_keys');
  for (const n of [16646, 0o755, 0xfe00]) encoder.u32(n);
  encoder.i64(42);
  encoder.end();
  const context = new EventContext(state, { hostname: 'bait' });
  const reader = new ScapReader(
    {
      onEvent: (cursor) => {
        state.before(cursor);
        context.set(cursor);
        look(context);
        state.after(cursor);
      },
    },
    { headless: true },
  );
  reader.push(encoder.take());
  reader.end();
}

/** Value as text, also of rows with several values. */
function value(c: EventContext, name: string, arg?: FieldArgument): string {
  const row = eventFields[name] as Field<EventContext>;
  const out: number[] = [];
  const got = row.get(c, arg, out);
  if (row.kind === 'syms') return out.map((s) => c.state.symbols.text(s)).join(' ');
  if (row.kind === 'nums') return out.join(' ');
  if (arg === undefined) return show(c, row);
  return row.kind === 'sym' ? c.state.symbols.text(Number(got)) : String(got);
}

/** Value of a field as text, `<NA>` when there is none. */
function show(c: EventContext, field: Field<EventContext>): string {
  const out: number[] = [];
  const value = field.get(c, undefined, out);
  switch (field.kind) {
    case 'sym':
      return value === 0 ? '<NA>' : c.state.symbols.text(Number(value));
    case 'num':
      return Number.isNaN(value) ? '<NA>' : String(value);
    case 'bool':
      return value === -1 ? '<NA>' : value === 1 ? 'true' : 'false';
    default:
      return value === null || value === undefined ? '<NA>' : String(value);
  }
}

test('an opening event, field by field', () => {
  const cases: readonly (readonly [name: string, arg: FieldArgument, expected: string])[] = [
    ['evt.type', undefined, 'openat'],
    ['evt.category', undefined, 'file'],
    ['evt.time', undefined, '10:28:28.657470887'],
    ['evt.time.iso8601', undefined, '2026-11-25T10:28:28.657470887+0000'],
    ['evt.datetime.s', undefined, '2026-11-25 10:28:28'],
    ['evt.res', undefined, 'SUCCESS'],
    ['evt.rawres', undefined, '3'],
    ['evt.arg', 'flags', 'O_TRUNC|O_CREAT|O_WRONLY|O_F_CREATED'],
    ['evt.arg', 'name', '/home/eve/.ssh/authorized_keys'],
    ['evt.rawarg', 'mode', '755'],
    ['evt.is_open_write', undefined, 'true'],
    ['evt.is_open_read', undefined, 'false'],
    ['evt.is_open_exec', undefined, 'true'],
    ['evt.abspath', undefined, '/home/eve/.ssh/authorized_keys'],
    ['evt.hostname', undefined, 'bait'],
    ['proc.cmdline', undefined, 'bash -c id; whoami'],
    ['proc.exeline', undefined, '-bash -c id; whoami'],
    ['proc.args', 1, 'id; whoami'],
    ['proc.cmdnargs', undefined, '2'],
    ['proc.cmdlenargs', undefined, '12'],
    ['proc.env', 'TERM', 'xterm'],
    ['proc.pname', undefined, 'sshd'],
    ['proc.aname', undefined, 'sshd'],
    ['proc.aname', 0, 'bash'],
    ['proc.apid', 1, '7'],
    ['proc.cwd', undefined, '/home/eve/'],
    ['proc.loginshellid', undefined, '9'],
    ['proc.sname', undefined, 'bash'],
    ['proc.is_sid_leader', undefined, 'true'],
    ['proc.tty', undefined, '34816'],
    ['user.name', undefined, 'eve'],
    ['user.loginname', undefined, 'eve'],
    ['group.name', undefined, 'eves'],
    ['container.id', undefined, 'host'],
    ['fd.name', undefined, '/home/eve/.ssh/authorized_keys'],
    ['fd.nameraw', undefined, '../eve/.ssh/authorized_keys'],
    ['fd.directory', undefined, '/home/eve/.ssh'],
    ['fd.filename', undefined, 'authorized_keys'],
    ['fd.type', undefined, 'file'],
    ['fd.ino', undefined, '42'],
    ['fs.path.name', undefined, '/home/eve/.ssh/authorized_keys'],
    ['fs.path.nameraw', undefined, '../eve/.ssh/authorized_keys'],
  ];
  openEvent((c) => {
    for (const [name, arg, expected] of cases) assert.equal(value(c, name, arg), expected, `${name}[${arg}]`);
  });
});

test('filters over the fields match, and know which types they are for', () => {
  openEvent((c) => {
    const filter = (text: string) => compileFilter(parse(text), eventFields, c.state.symbols, eventTypes);
    const matches = (text: string) => filter(text).byType(c.ev.type)?.(c) ?? false;
    assert.ok(matches('evt.type=openat and evt.dir=< and fd.name endswith authorized_keys'));
    assert.ok(matches('proc.aname in (sshd, dropbear) and evt.is_open_write=true'));
    assert.ok(!matches('evt.type=connect'));
    const { types } = filter('evt.type in (connect, sendto) and fd.sport=6667');
    assert.equal(types[c.ev.type], 0);
    assert.equal(types[eventId.SOCKET_CONNECT_X], 1);
    // The type that calls share has no event of a call that never was without a type.
    assert.equal(types[eventId.GENERIC_X], 0);
    assert.equal(filter('evt.type in (connect, getpid)').types[eventId.GENERIC_X], 1);
    assert.equal(filter('evt.type startswith conn').types[eventId.GENERIC_X], 0);
    assert.equal(filter('not evt.type in (connect, getpid)').types[eventId.GENERIC_X], 1);
  });
});

test('log-in records have fields of their own', () => {
  const record: AuthContext = {
    user: 'root',
    address: '192.0.2.9',
    port: 4022,
    method: 'password',
    outcome: 'failure',
    failures: 12,
    users: 3,
    seconds: 40,
    userValid: true,
  };
  assert.equal(authFields['auth.user'].get(record), 'root');
  assert.equal(authFields['auth.failures'].get(record), 12);
  assert.equal(authFields['auth.user_valid'].get(record), 1);
  assert.equal(authFields['auth.has_password'].get(record), -1);
});
