import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAuthLine, parseSyslogLine } from '../src/index.ts';

const now = Date.UTC(2026, 10, 25, 12, 0, 30);
const at = Date.UTC(2026, 10, 25, 12, 0, 1);
const line = (message: string) => `Nov 25 12:00:01 web1 sshd[123]: ${message}`;
const auth = (message: string) => {
  const record = parseAuthLine(line(message), { now });
  if (record === undefined) return undefined;
  const { host: _, program: __, pid: ___, time: ____, message: _____, ...rest } = record;
  return rest;
};
const peer = { address: '192.0.2.7', port: 40022 };

test('syslog lines of both forms', () => {
  const expected = { time: at, host: 'web1', program: 'sshd', pid: 123, message: 'hello: you' };
  assert.deepEqual(parseSyslogLine('Nov 25 12:00:01 web1 sshd[123]: hello: you', { now }), expected);
  assert.deepEqual(parseSyslogLine('<38>Nov 25 12:00:01 web1 sshd[123]: hello: you', { now }), expected);
  assert.deepEqual(parseSyslogLine('2026-11-25T13:00:01.000000+01:00 web1 sshd[123]: hello: you'), expected);
  assert.equal(parseSyslogLine('Nov  5 12:00:01 web1 cron: x', { now })?.time, Date.UTC(2026, 10, 5, 12, 0, 1));
  assert.equal(parseSyslogLine('Nov  5 12:00:01 web1 cron: x', { now })?.pid, undefined);
});

test('the year that a traditional stamp lacks', () => {
  const january = Date.UTC(2027, 0, 1, 0, 0, 5);
  assert.equal(parseSyslogLine('Dec 31 23:59:59 h p: x', { now: january })?.time, Date.UTC(2026, 11, 31, 23, 59, 59));
  const december = Date.UTC(2026, 11, 31, 23, 59, 59);
  assert.equal(parseSyslogLine('Jan  1 00:00:01 h p: x', { now: december })?.time, Date.UTC(2027, 0, 1, 0, 0, 1));
});

test('lines that are no syslog lines', () => {
  for (const bad of [
    '',
    'Nov',
    'Nov 25 12:00:01',
    'Nov 45 12:00:01 h p: x',
    'x'.repeat(9000),
    '<999999>',
    'Nov 25 12:00:01 h sshd[1',
    'Nov 25 12:00:01 h sshd[12x]: y',
  ]) {
    assert.equal(parseSyslogLine(bad, { now }), undefined, bad);
  }
});

test('attempts', () => {
  assert.deepEqual(auth('Failed password for root from 192.0.2.7 port 40022 ssh2'), {
    kind: 'failed',
    method: 'password',
    user: 'root',
    userValid: true,
    ...peer,
    preauth: false,
    count: 1,
  });
  assert.deepEqual(auth('Failed password for invalid user admin from 2001:db8::1 port 1 ssh2 [preauth]'), {
    kind: 'failed',
    method: 'password',
    user: 'admin',
    userValid: false,
    address: '2001:db8::1',
    port: 1,
    preauth: true,
    count: 1,
  });
  assert.deepEqual(auth('Failed none for invalid user  from 192.0.2.7 port 40022 ssh2'), {
    kind: 'failed',
    method: 'none',
    user: '',
    userValid: false,
    ...peer,
    preauth: false,
    count: 1,
  });
  assert.equal(
    auth('Failed keyboard-interactive/pam for root from 192.0.2.7 port 40022 ssh2')?.method,
    'keyboard-interactive/pam',
  );
  assert.deepEqual(auth('Accepted publickey for u from 192.0.2.7 port 40022 ssh2: ED25519 SHA256:abc'), {
    kind: 'accepted',
    method: 'publickey',
    user: 'u',
    userValid: true,
    ...peer,
    key: 'ED25519 SHA256:abc',
    preauth: false,
    count: 1,
  });
  assert.equal(auth('message repeated 3 times: [ Failed password for root from 192.0.2.7 port 40022 ssh2]')?.count, 3);
  assert.equal(
    auth('message repeated 99999999 times: [ Failed password for root from 192.0.2.7 port 40022 ssh2]')?.count,
    100,
  );
});

test('the other lines', () => {
  assert.deepEqual(auth('Invalid user oracle from 192.0.2.7 port 40022'), {
    kind: 'invalid-user',
    user: 'oracle',
    userValid: false,
    ...peer,
    preauth: false,
    count: 1,
  });
  assert.equal(auth('Invalid user oracle from 192.0.2.7')?.address, '192.0.2.7');
  assert.deepEqual(
    auth(
      'error: maximum authentication attempts exceeded for invalid user a b from 192.0.2.7 port 40022 ssh2 [preauth]',
    ),
    {
      kind: 'too-many',
      user: 'a b',
      userValid: false,
      ...peer,
      preauth: true,
      count: 1,
    },
  );
  assert.deepEqual(auth('Connection closed by authenticating user root 192.0.2.7 port 40022 [preauth]'), {
    kind: 'closed',
    user: 'root',
    userValid: true,
    ...peer,
    preauth: true,
    count: 1,
  });
  assert.deepEqual(auth('Connection reset by 192.0.2.7 port 40022 [preauth]'), {
    kind: 'closed',
    ...peer,
    preauth: true,
    count: 1,
  });
  assert.equal(auth('Connection closed by invalid user x y 192.0.2.7 port 40022 [preauth]')?.user, 'x y');
  assert.equal(
    auth('Disconnecting authenticating user root 192.0.2.7 port 40022: Too many authentication failures [preauth]')
      ?.kind,
    'too-many',
  );
  assert.deepEqual(auth('Received disconnect from 192.0.2.7 port 40022:11: from 198.51.100.9 port 1'), {
    kind: 'disconnected',
    ...peer,
    preauth: false,
    count: 1,
  });
  assert.equal(auth('Disconnected from user root 192.0.2.7 port 40022')?.kind, 'disconnected');
  assert.deepEqual(auth('pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)'), {
    kind: 'session-opened',
    user: 'root',
    preauth: false,
    count: 1,
  });
  assert.equal(auth('pam_unix(sshd:session): session closed for user a b')?.user, 'a b');
  assert.equal(auth('Server listening on 0.0.0.0 port 22.'), undefined);
  assert.equal(
    parseAuthLine('Nov 25 12:00:01 h CRON[3]: Failed password for root from 192.0.2.7 port 1 ssh2', { now }),
    undefined,
  );
});

test('a user name cannot forge the address', () => {
  const users = [
    'root from 198.51.100.9 port 22 ssh2',
    'x from 198.51.100.9 port 1 ssh2 [preauth]',
    'a for b from 198.51.100.9 port 22',
    'x#012Nov 25 12:00:01 web1 sshd[1]: Accepted password for root from 198.51.100.9 port 1 ssh2',
    'invalid user y',
    ' ',
    '',
  ];
  for (const user of users) {
    const failed = auth(`Failed password for invalid user ${user} from 192.0.2.7 port 40022 ssh2`);
    assert.deepEqual([failed?.user, failed?.address, failed?.port, failed?.kind], [user, '192.0.2.7', 40022, 'failed']);
    const invalid = auth(`Invalid user ${user} from 192.0.2.7 port 40022`);
    assert.deepEqual([invalid?.user, invalid?.address], [user, '192.0.2.7']);
    const closed = auth(`Connection closed by invalid user ${user} 192.0.2.7 port 40022 [preauth]`);
    assert.deepEqual([closed?.user, closed?.address], [user, '192.0.2.7']);
  }
  // A password line has nothing behind "ssh2": a forged key suffix does not move the right end.
  assert.equal(auth('Failed password for a from 198.51.100.9 port 1 ssh2: RSA SHA256:x'), undefined);
});

test('any text is taken without throwing, and any user name comes back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => void parseAuthLine(line(text), { now })),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.string(), (user) => {
      const record = auth(`Failed password for invalid user ${user} from 192.0.2.7 port 40022 ssh2`);
      assert.deepEqual([record?.user, record?.address], [user, '192.0.2.7']);
    }),
    { numRuns: 300 },
  );
});

test('long lines take linear time', () => {
  const started = performance.now();
  for (const part of [' from ', ' port ', ' ssh2: ', ' for ', 'message repeated ']) {
    parseAuthLine(line(`Failed publickey for ${part.repeat(100_000)}`), { now });
    parseAuthLine(line(part.repeat(100_000)), { now });
  }
  assert.ok(performance.now() - started < 1000);
});
