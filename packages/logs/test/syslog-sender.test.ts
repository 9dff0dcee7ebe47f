import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitFor } from '@waspglass/kit';
import { SyslogSender, severities } from '../src/index.ts';

const message = {
  severity: severities.critical,
  text: 'a shell\nunder sshd\u001b[2J',
  time: Date.UTC(2026, 10, 25, 12),
};

test('UDP, RFC 5424, one line', async () => {
  const server = createSocket('udp4');
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  const got: string[] = [];
  server.on('message', (bytes) => got.push(bytes.toString()));
  const sender = new SyslogSender({
    target: { transport: 'udp', host: '127.0.0.1', port: server.address().port },
    host: 'h 1',
  });
  sender.send(message);
  await waitFor(() => got.length === 1, { limit: 2000, what: 'the datagram' });
  assert.equal(got[0], `<130>1 2026-11-25T12:00:00.000Z h-1 waspglass ${process.pid} - - a shell\\nunder sshd\\x1b[2J`);
  await sender.close();
  server.close();
});

test('TCP, with lengths; a server that goes away loses nothing that it can still take later', async () => {
  let got = '';
  const server = createServer((socket) => socket.on('data', (bytes) => (got += bytes.toString())));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sender = new SyslogSender({
    target: { transport: 'tcp', host: '127.0.0.1', port },
    format: 'rfc3164',
    retryMs: 10,
  });
  sender.send(message);
  sender.send({ ...message, text: 'second' });
  await waitFor(() => got.endsWith('second'), { limit: 2000, what: 'the messages' });
  assert.match(got, /^\d+ <130>Nov 25 .*a shell\\nunder sshd/);
  await sender.close();
  server.close();
});

test('nobody listens: nothing throws, the queue is bounded, the rest is counted', async () => {
  const sender = new SyslogSender({
    target: { transport: 'tcp', host: '127.0.0.1', port: 1 },
    queueLimit: 3,
    retryMs: 5,
  });
  for (let i = 0; i < 5; i++) sender.send(message);
  await waitFor(() => sender.stats.failed > 1, { limit: 2000, what: 'a second try' });
  await sender.close(20);
  assert.equal(sender.stats.lost, 5);
});

test('the machine’s own socket takes datagrams', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'waspglass-syslog-'));
  const path = join(directory, 'log');
  const sender = new SyslogSender({ target: { transport: 'unix', path }, retryMs: 10 });
  sender.send(message);
  await waitFor(() => sender.stats.failed > 0, { limit: 2000, what: 'a failure without a receiver' });
  const program = `import socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(${JSON.stringify(path)}); print(s.recv(9999).decode(), flush=True)`;
  const receiver = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  let got = '';
  receiver.stdout.on('data', (bytes: Buffer) => {
    got += bytes.toString();
  });
  await once(receiver, 'exit');
  assert.match(got, /^<130>Nov 25 \d\d:00:00 waspglass\[\d+\]: a shell\\nunder sshd\\x1b\[2J\n$/);
  await sender.close();
  assert.equal(sender.stats.sent, 1);
  rmSync(directory, { recursive: true, force: true });
});
