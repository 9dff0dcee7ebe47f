import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runChisel, type TestEvent } from './host.ts';

const MS = 1e6;
const base: TestEvent = {
  'evt.type': 'read',
  'evt.dir': '<',
  'evt.failed': false,
  'evt.time.s': '10:28:28',
  'evt.datetime': '2026-01-02 10:28:28.123456789',
  'evt.rawtime': 1000 * MS,
  'evt.rawtime.s': 1,
  'evt.num': 7,
  'evt.is_io': true,
  'evt.is_io_read': true,
  'evt.rawres': 10,
  'evt.latency': 5 * MS,
  'fd.num': 3,
  'fd.name': '192.0.2.1:4000->192.0.2.2:80',
  'fd.type': 'ipv4',
  'fd.ip': '192.0.2.1',
  'fd.port': 80,
  'fd.l4proto': 'tcp',
  'proc.name': 'nginx',
  'proc.pid': 50,
  'thread.tid': 50,
  'user.name': 'root',
  data: 'text',
};
const event = (more: TestEvent): TestEvent => ({ ...base, ...more });
const writes = { 'evt.type': 'write', 'evt.is_io_read': false, 'evt.is_io_write': true };

test('httplog and httptop match answers with requests, by role', () => {
  const request = 'GET /x HTTP/1.1\r\nHost: h.invalid\r\n\r\n';
  const answer = 'HTTP/1.1 404 Not Found\r\nContent-Length: 2048\r\n\r\n';
  const events = [
    event({ data: answer }),
    event({ data: request }),
    event({ ...writes, data: answer, 'evt.rawtime': 1012 * MS }),
    event({ ...writes, data: answer }),
    event({ ...writes, data: request, 'proc.pid': 51 }),
    event({ data: answer, 'proc.pid': 51, 'evt.rawtime': 1002 * MS }),
  ];
  assert.deepEqual(runChisel('httplog', events), [
    '2026-01-02 10:28:28.123456789 < method=GET url=h.invalid/x response_code=404 latency=12ms size=2.00KB',
    '2026-01-02 10:28:28.123456789 > method=GET url=h.invalid/x response_code=404 latency=2ms size=2.00KB',
  ]);
  const [, , row] = runChisel('httptop', events, { args: ['bytes'] });
  assert.equal(row, '4.00KB              GET                 h.invalid/x');
  assert.throws(
    () => runChisel('httptop', [], { args: ['size'] }),
    /by must be one of ncalls, time, bytes, found "size"/,
  );
});

test('calls slower than a limit, the slowest calls, how long processes ran', () => {
  const events = [event({}), event({ 'evt.latency': 0.5 * MS }), event({ 'evt.type': 'poll', 'evt.latency': 20 * MS })];
  assert.deepEqual(
    runChisel('scallslower', events, { args: ['1'] }).slice(2),
    ['5                    read', '20                   poll'].map(
      (rest) => `2026-01-02 10:28:28.123 nginx                   ${rest}`,
    ),
  );
  assert.equal(runChisel('netlower', events, { args: ['10'] }).length, 3);
  assert.deepEqual(runChisel('fileslower', events, { args: ['1'] }).length, 2);
  assert.throws(() => runChisel('scallslower', []), /needs the argument min_ms: limit in milliseconds/);
  assert.throws(() => runChisel('scallslower', [], { args: ['slow'] }), /min_ms must be a number, found "slow"/);
  const [first] = runChisel('bottlenecks', events);
  assert.match(first ?? '', /^7\) 0\.020000000 nginx \(50\) < poll/);
  const exit = event({ 'evt.type': 'procexit', 'evt.dir': '>', 'proc.duration': 12 * MS, 'proc.args': '-a' });
  assert.deepEqual(runChisel('proc_exec_time', [exit], { colours: true }).slice(2), [
    '\u001b[32m12ms          nginx        -a',
    '\u001b[0m',
  ]);
});

test('bytes per second, descriptors and sums by a field', () => {
  const events = [event({}), event({ ...writes, 'evt.rawtime.s': 2 }), event({ 'evt.rawtime.s': 4, 'fd.num': 4 })];
  assert.deepEqual(runChisel('iobytes', events), [
    '00:00:02 in:10 out:0 tot:10',
    '00:00:03 in:0 out:10 tot:10',
    '00:00:04 in:0 out:0 tot:0',
    '00:00:05 in:10 out:0 tot:10',
  ]);
  assert.deepEqual(runChisel('fdcount_by', events, { args: ['proc.name'] }), ['nginx\t2']);
  assert.equal(runChisel('fdbytes_by', events, { args: ['fd.type'] })[2], '30B                 ipv4');
  assert.equal(runChisel('fdtime_by', events, { args: ['fd.type'] })[2], '15ms                ipv4');
  assert.throws(() => runChisel('fdbytes_by', [], { args: ['fd.type=x'] }), /key must be the name of a field/);
});

test('what is exchanged with an address or a port', () => {
  const events = [event({}), event({ ...writes, 'fd.ip': '198.51.100.1' })];
  assert.deepEqual(runChisel('spy_ip', events, { args: ['192.0.2.1'] }), ['------ Read 10B', 'text']);
  assert.deepEqual(runChisel('spy_port', events, { args: ['80'] }).length, 4);
  assert.throws(() => runChisel('spy_ip', [], { args: ['1 or 1=1'] }), /host_ip must be an IP address/);
});

test('logs: lines of log files and messages to syslog', () => {
  const log = event({ ...writes, 'fd.type': 'file', 'fd.name': '/var/log/a.log', data: 'one\nsome error\n' });
  assert.deepEqual(runChisel('spy_logs', [log], { colours: true }), [
    '\u001b[32mnginx /var/log/a.log one',
    '\u001b[31mnginx /var/log/a.log some error',
    '\u001b[0m',
  ]);
  const message = event({ ...writes, 'fd.type': 'unix', 'fd.name': '/dev/log', data: '<85>Jan 1 sudo: \u001b[31mx' });
  assert.deepEqual(runChisel('spy_syslog', [message]), ['authpriv.notice nginx[50] Jan 1 sudo: .[31mx']);
});

test('around marks times, and takes events of the same thread near them', () => {
  const at = (ms: number, tid = 50) => event({ 'evt.rawtime': ms * MS, 'thread.tid': tid });
  const wanted: ((c: TestEvent) => boolean)[] = [];
  const save = (_: string, test: (c: TestEvent) => boolean) => void wanted.push(test);
  const said = runChisel('around', [at(1000), at(5000)], { args: ['out.scap', '100'], save });
  assert.deepEqual(said, ['2 events passed the filter; saved around them: out.scap']);
  assert.deepEqual(
    [at(899), at(900), at(1100), at(1101), at(4950), at(1000, 51)].map((c) => wanted[0]?.(c)),
    [false, true, true, false, true, false],
  );
});

test('shellshock_detect shows the function, udp_extract keeps the bytes', () => {
  const start = event({
    'evt.type': 'execve',
    'proc.name': 'bash',
    'proc.pname': 'httpd',
    'proc.env': 'A=1 X=() { :;}; id',
  });
  assert.deepEqual(runChisel('shellshock_detect', [start, { ...start, 'proc.env': 'A=1' }]).slice(1), [
    '2026-01-02 10:28:28.123456789 httpd           50      X=() { :;}; id',
  ]);
  const files: string[] = [];
  const append = (path: string, bytes: Uint8Array) => void files.push(`${path} ${Buffer.from(bytes).toString()}`);
  const sent = event({ 'fd.l4proto': 'udp', 'fd.name': '192.0.2.1:9->192.0.2.2:/../9' });
  assert.deepEqual(runChisel('udp_extract', [sent, event({ ...sent, 'fd.port': 53 })], { append }), [
    '1 files in ./udp_dump_files',
  ]);
  assert.deepEqual(files, ['udp_dump_files/192.0.2.1_9--192.0.2.2__.._9 text']);
});

test('topprocs_cpu: ticks of the notes per second; without notes, time between switches', () => {
  const note = (s: number, ticks: number) =>
    event({
      'evt.type': 'procinfo',
      'evt.dir': '>',
      'evt.rawtime': s * 1e9,
      'evt.rawarg.cpu_usr': ticks,
      'evt.rawarg.cpu_sys': 0,
    });
  assert.equal(
    runChisel('topprocs_cpu', [note(1, 100), note(3, 150)])[2],
    '25.00%              nginx               50',
  );
  const change = (s: number, tid: number) =>
    event({ 'evt.type': 'switch', 'evt.dir': '>', 'evt.cpu': 0, 'evt.rawtime': s * 1e9, 'thread.tid': tid });
  assert.equal(
    runChisel('topprocs_cpu', [change(1, 0), change(2, 50), change(5, 0)])[2],
    '25.00%              nginx               50',
  );
});

test('machine state: at the first event, or at the end; filtered', () => {
  const state = [
    event({ 'proc.vmsize': 1536, 'proc.vmrss': 8, 'proc.fdlimit': 1024, 'fd.sip': '192.0.2.2', 'fd.sport': 80 }),
    event({
      'proc.name': 'sh',
      'proc.vmsize': 1,
      'proc.vmrss': 1,
      'proc.fdlimit': 2 ** 64,
      'fd.type': 'file',
      'fd.name': '/x',
    }),
  ];
  assert.deepEqual(runChisel('ps', [base], { state }).slice(1), [
    '50      50      root        1.50M      8.00KB     1024      nginx',
    '50      50      root        1024B      1024B      unlimited sh',
  ]);
  assert.deepEqual(runChisel('lsof', [], { state, args: ['proc.name=sh', 'end'] }).slice(1), [
    'sh                  50      50      root    3       file        /x',
  ]);
  assert.deepEqual(runChisel('netstat', [base], { state }).slice(1), [
    'tcp   192.0.2.2:80             0.0.0.0:*                LISTEN         50/50/nginx',
  ]);
  assert.equal(runChisel('ps', [base], { state, args: ['end'] }).length, 3);
});

const shell = (id: number, more: TestEvent): TestEvent =>
  event({ 'proc.loginshellid': id, 'container.id': 'nginx', 'proc.exe': '', 'proc.args': '', ...more });

test('several shells in one capture are listed, each once (draios/sysdig#715)', () => {
  const events = [1852, 3081, 3134, 3134, 1852].map((id) => shell(id, { 'proc.pid': id, 'proc.cmdline': '-bash' }));
  assert.deepEqual(
    runChisel('list_login_shells', events).slice(1),
    [1852, 3081, 3134].map((id) => `${id} root nginx -bash`),
  );
});

test('commands after a second shell has changed directory are shown (draios/sysdig#1631)', () => {
  const entered = (id: number) => [
    shell(id, { 'evt.type': 'execve', 'proc.pid': id, 'proc.exe': 'bash' }),
    shell(id, { 'evt.type': 'chdir', 'proc.pid': id, 'proc.name': 'bash', 'evt.arg.path': '/home' }),
  ];
  const command = shell(18690, {
    'evt.type': 'execve',
    'proc.pid': 9,
    'proc.apid[1]': 18690,
    'proc.exe': 'cat',
    'proc.args': '/etc/passwd',
  });
  assert.deepEqual(runChisel('spy_users', [...entered(18680), ...entered(18690), command]), [
    '18680 10:28:28 root) cd /home',
    '18690 10:28:28 root) cd /home',
    '18690 10:28:28 root) cat /etc/passwd',
  ]);
});

test('a command of which nobody knows the parents, the user or the arguments is shown (draios/sysdig#940)', () => {
  const {
    'user.name': _,
    'proc.args': __,
    ...unknown
  } = shell(7, { 'evt.type': 'execve', 'proc.pid': 9, 'proc.exe': 'id' });
  assert.deepEqual(runChisel('spy_users', [unknown]), ['7 10:28:28 <NA>) id <NA>']);
});
