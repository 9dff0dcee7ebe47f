import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { serverName } from '../src/egress/client-hello.ts';
import { readAddresses, readQuestion, writeFailure, writeQuestion } from '../src/egress/names.ts';
import { ObjectStore } from '../src/egress/objects.ts';
import { isForbidden, parsePolicy, rowOfPort } from '../src/egress/policy.ts';
import { sinkRuleset } from '../src/sink-rules.ts';

const limits = { connections: 3, packets: 100, bytes: 1000, questions: 5 };

test('the policy takes what its tables name, each class once', () => {
  const rows = parsePolicy(['dns answer', ' http  store ', 'tcp record']);
  assert.deepEqual(rows[1], { name: 'http', action: 'store' });
  for (const bad of ['http', 'http relay', 'smtp relay', 'tcp store', 'dns answer now', '', 'toString record']) {
    assert.throws(() => parsePolicy([bad]), { code: 'WG_VICTIM_EGRESS_BAD' });
  }
  assert.throws(() => parsePolicy(['tcp record', 'tcp trickle']), { code: 'WG_VICTIM_EGRESS_BAD' });
});

test('a port falls under its class, else under tcp, and some under nothing', () => {
  const rows = parsePolicy(['http store', 'tcp record']);
  assert.equal(rowOfPort(rows, 8080)?.action, 'store');
  assert.equal(rowOfPort(rows, 6667)?.name, 'tcp');
  for (const port of [22, 23, 25, 445, 587, 3389]) assert.equal(rowOfPort(rows, port), undefined);
  assert.equal(rowOfPort(parsePolicy(['http store']), 443), undefined);
});

test('addresses that are not public, or no addresses, are forbidden', () => {
  const forbidden = ['10.0.0.1', '172.31.255.255', '192.168.0.1', '127.9.9.9', '169.254.169.254', '100.64.0.1'];
  for (const address of [...forbidden, '0.0.0.0', '224.0.0.1', '255.255.255.255', '::1', '1.2.3', 'a.b.c.d', '']) {
    assert.equal(isForbidden(address), true, address);
  }
  for (const address of ['8.8.8.8', '172.32.0.1', '192.169.0.1', '100.128.0.1', '223.255.255.255']) {
    assert.equal(isForbidden(address), false, address);
  }
});

test('without a policy the sink drops everything', () => {
  const rules = sinkRuleset({ table: 's', victimAddress: '10.66.0.2', hosts: [], policy: [], limits, isolated: false });
  const arrive = /chain arrive \{([^}]*)\}/.exec(rules)?.[1] ?? '';
  assert.deepEqual(arrive.match(/\baccept$/gm), ['accept']);
  assert.match(arrive, /iifname "lo" accept/);
});

test('questions are read within bounds and written anew', () => {
  const question = { id: 7, name: 'www.example.org', type: 1 };
  assert.deepEqual(readQuestion(writeQuestion(question)), question);
  const upper = writeQuestion({ ...question, name: 'WWW.Example.ORG' });
  assert.equal(readQuestion(upper)?.name, 'www.example.org');
  const whole = writeQuestion(question);
  for (let length = 0; length < whole.length; length++)
    assert.equal(readQuestion(whole.subarray(0, length)), undefined);
  assert.equal(readQuestion(writeQuestion({ ...question, name: 'bad"name.org' })), undefined);
  assert.equal(readQuestion(writeQuestion({ ...question, name: Array(70).fill('aaaa').join('.') })), undefined);
  const looping = Buffer.concat([whole.subarray(0, 12), Buffer.of(0xc0, 12, 0, 1, 0, 1)]);
  assert.equal(readQuestion(looping), undefined);
  assert.equal((writeFailure(question, 5)[3] ?? 0) & 15, 5);
});

test('addresses in an answer are read as far as it is right', () => {
  const question = { id: 7, name: 'a.example', type: 1 };
  const record = Buffer.from('c00c000100010000003c0004c6336401', 'hex');
  const answer = Buffer.concat([writeQuestion(question), record, record.subarray(0, 9)]);
  answer.writeUInt16BE(2, 6);
  assert.deepEqual(readAddresses(answer, question), ['198.51.100.1']);
  for (let length = 0; length < answer.length; length++) readAddresses(answer.subarray(0, length), question);
});

test('the name of a TLS server is found, and cut messages have none', () => {
  const name = Buffer.from('files.example');
  const extension = Buffer.concat([Buffer.of(0, 0, 0, name.length + 5, 0, name.length + 3, 0, 0, name.length), name]);
  const body = Buffer.concat([Buffer.alloc(34, 3), Buffer.of(0, 0, 2, 0x13, 1, 1, 0, 0, extension.length), extension]);
  const hello = Buffer.concat([Buffer.of(22, 3, 1, 0, body.length + 4, 1, 0, 0, body.length), body]);
  assert.equal(serverName(hello), 'files.example');
  for (let length = 0; length < hello.length; length++) assert.equal(serverName(hello.subarray(0, length)), undefined);
  assert.equal(serverName(Buffer.from('GET / HTTP/1.1\r\n\r\n')), undefined);
});

test('objects are kept once, within the limits of one and of all', () => {
  const directory = mkdtempSync(`${tmpdir()}/objects-`);
  try {
    const store = new ObjectStore(directory, 10, 25);
    const put = (...chunks: string[]) => {
      const writer = store.begin();
      const took = chunks.map((chunk) => writer.write(Buffer.from(chunk)));
      return { took, object: writer.end(), again: writer.end() };
    };
    const first = put('hello', 'world');
    assert.deepEqual(first.took, [true, true]);
    assert.equal(readFileSync(`${directory}/${first.object?.sha256}`, 'utf8'), 'helloworld');
    assert.equal(first.again, undefined);
    assert.equal(put('hello', 'world').object?.sha256, first.object?.sha256);
    const cut = put('0123456789', 'x', 'y');
    assert.deepEqual(cut.took, [true, false, false]);
    assert.deepEqual([cut.object?.bytes, cut.object?.cut], [10, true]);
    assert.equal(put().object, undefined);
    assert.deepEqual(put('abcdefg').object?.bytes, 5);
    assert.equal(put('more').object, undefined);
    assert.equal(readdirSync(directory).length, 3);
    assert.equal(new ObjectStore(directory, 10, 25).begin().write(Buffer.from('x')), false);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
