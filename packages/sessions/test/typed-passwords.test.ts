import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Inspector } from '@waspglass/inspect';
import type { AuthDocument, WaspglassDocument } from '@waspglass/logs';
import { SessionTracker } from '../src/index.ts';
import { Sshd, Stream } from './stream.ts';

/** A shell (102) in a session of `user`; what was typed comes out as program, user, password, outcome. */
function setUp() {
  const inspector = new Inspector();
  const stream = new Stream();
  const documents: WaspglassDocument[] = [];
  const tracker = new SessionTracker(inspector, { host: 'web1', emit: (d) => void documents.push(d) });
  const sshd = new Sshd(stream);
  sshd.connect(100, '198.51.100.7', 4001);
  sshd.shell(100, ['-bash']);
  let next = 110;
  const run = (path: string, ...args: string[]) => {
    const pid = next++;
    stream.fork(102, pid, 'bash');
    stream.exec(pid, 102, path, [path.slice(path.lastIndexOf('/') + 1), ...args]);
    return pid;
  };
  const child = (of: number, path: string) => {
    const pid = next++;
    stream.fork(of, pid, 'su');
    stream.exec(pid, of, path, [path]);
    return pid;
  };
  const typed = () => {
    inspector.feed(stream.take());
    tracker.finish();
    return documents
      .filter((d): d is AuthDocument => d.event.dataset === 'system.auth' && d.event.action !== 'ssh_login')
      .map((d) => [d.event.action, d.user?.name, d.waspglass.password, d.event.outcome]);
  };
  const terminal = (pid: number, fd: number) =>
    stream.event('SYSCALL_OPENAT_2_X', pid, { fd, dirfd: -100, name: '/dev/tty', flags: 3 });
  return { stream, run, child, typed, terminal };
}

test('su: right when somebody is let in, wrong when it ends', () => {
  const { stream, run, child, typed } = setUp();
  const bad = run('/usr/bin/su');
  stream.read(bad, 0, 'toor\n');
  child(bad, '/usr/sbin/unix_chkpwd');
  stream.exit(bad, 1);
  const good = run('/usr/bin/su', '-', 'admin');
  stream.read(good, 0, 'pa ss\n');
  child(good, '/bin/bash');
  stream.read(good, 0, 'not for su\n');
  stream.exit(good);
  assert.deepEqual(typed(), [
    ['su', 'root', 'toor', 'failure'],
    ['su', 'admin', 'pa ss', 'success'],
  ]);
});

test('what is piped behind the password is not one', () => {
  const { stream, run, child, typed } = setUp();
  const su = run('/usr/bin/su', '-c', 'id', 'root');
  stream.read(su, 0, 'secret\nwhoami\n');
  child(su, '/bin/sh');
  assert.deepEqual(typed(), [['su', 'root', 'secret', 'success']]);
});

test('sudo reads byte by byte from the terminal and asks again', () => {
  const { stream, run, child, typed, terminal } = setUp();
  const sudo = run('/usr/bin/sudo', 'id');
  terminal(sudo, 5);
  for (const byte of 'one\n') stream.read(sudo, 5, byte);
  for (const byte of 'two\n') stream.read(sudo, 5, byte);
  child(sudo, '/usr/bin/id');
  for (const byte of 'typed later\n') stream.read(sudo, 5, byte);
  stream.exit(sudo);
  assert.deepEqual(typed(), [
    ['sudo', undefined, 'one', 'failure'],
    ['sudo', undefined, 'two', 'success'],
  ]);
});

test('passwd and chpasswd: what they set counts when they end well', () => {
  const { stream, run, typed } = setUp();
  const passwd = run('/usr/bin/passwd', 'user');
  stream.read(passwd, 0, 'new\n');
  stream.read(passwd, 0, 'new\n');
  stream.exit(passwd);
  const chpasswd = run('/usr/sbin/chpasswd');
  stream.read(chpasswd, 0, 'root:a:b\nuser2:c\nno pair\n');
  stream.exit(chpasswd, 1);
  assert.deepEqual(typed(), [
    ['passwd', 'user', 'new', 'success'],
    ['passwd', 'user', 'new', 'success'],
    ['chpasswd', 'root', 'a:b', 'failure'],
    ['chpasswd', 'user2', 'c', 'failure'],
  ]);
});

test('login asks for the name first; files that these programs read are no passwords', () => {
  const { stream, run, typed } = setUp();
  const login = run('/bin/login');
  stream.event('SYSCALL_OPENAT_2_X', login, { fd: 3, dirfd: -100, name: '/etc/login.defs', flags: 1 });
  stream.read(login, 3, 'MAIL_DIR /var/mail\n');
  stream.read(login, 0, 'root\n');
  stream.read(login, 0, 'guess\n');
  stream.exit(login, 1);
  const cat = run('/bin/cat');
  stream.read(cat, 0, 'text\n');
  assert.deepEqual(typed(), [['login', 'root', 'guess', 'failure']]);
});
