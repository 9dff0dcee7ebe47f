/** Programs, mail, files, pipes and syslog over TLS: what they get, and what happens when they stand still or go away. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createServer } from 'node:tls';
import { waitFor } from '@waspglass/kit';
import {
  deliveryJson,
  deliveryText,
  FileOutput,
  mailText,
  openMail,
  openProgram,
  openStream,
  QueuedOutput,
  SyslogOutput,
} from '../src/index.ts';
import { delivery } from './made.ts';

const folder = mkdtempSync(join(tmpdir(), 'waspglass-alerts-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const limit = { limit: 5000, what: 'the receiver' };
const inFolder = (name: string) => join(folder, name);
const text = (name: string) => (existsSync(inFolder(name)) ? readFileSync(inFolder(name), 'utf8') : '');

test('a program gets a line each; one that ends is started again', async () => {
  const file = inFolder('lines');
  const script = `read -r line; printf '%s\\n' "$line" >> ${file}`;
  const transport = openProgram(['/bin/sh', '-c', script]);
  const output = new QueuedOutput({ name: 'program', transport, format: deliveryText, retryMs: 5, longestMs: 20 });
  output.send(delivery(1));
  await waitFor(() => text('lines').includes('alert 1'), limit);
  // The shell has ended or is about to: later lines reach a new one.
  const sent = () => text('lines').split('\n').length - 1;
  for (let n = 2; sent() < 3; n++) {
    output.send(delivery(n));
    const before = sent();
    await waitFor(() => sent() > before || output.stats.waiting === 0, limit);
  }
  await output.close(1000);
  assert.match(text('lines'), /^03:04:06.123456789: Warning alert 1\n/);
});

test('a program that reads nothing, or that is not there, holds nothing up', async () => {
  const still = openProgram(['/bin/sleep', '30']);
  const options = { format: deliveryText, queueLimit: 40, timeoutMs: 50, retryMs: 5 };
  const output = new QueuedOutput({ name: 'program', transport: still, ...options });
  const big = delivery(1, { message: 'x'.repeat(100_000) });
  for (let n = 0; n < 60; n++) output.send(big);
  assert.equal(output.stats.lost, 20);
  await waitFor(() => output.stats.failed > 0, limit);
  await output.close(20);
  const none = new QueuedOutput({ name: 'program', transport: openProgram(['/no/such']), ...options });
  none.send(delivery(1));
  await waitFor(() => none.stats.failed > 1, limit);
  assert.match(none.stats.lastError, /ENOENT/);
  await none.close(10);
  assert.equal(none.stats.lost, 1);
});

test('mail: encoded subject, one text, no header can be added', async () => {
  const file = inFolder('mail');
  const command = ['/bin/sh', '-c', `cat >> ${file}; echo END >> ${file}`];
  const transport = openMail({ to: 'ops@example.invalid', from: 'trap@example.invalid', command });
  const output = new QueuedOutput({ name: 'mail', transport, format: mailText, batch: 50 });
  output.send(delivery(1, { rule: '"Größe"', message: 'naïve\\nBcc: x' }));
  output.send(delivery(2));
  await output.close(5000);
  const mail = text('mail').split('END\n')[0] ?? '';
  assert.match(mail, /^From: trap@example.invalid\nTo: ops@example.invalid\nSubject: =\?utf-8\?B\?/);
  const [head = '', body = ''] = mail.split('\n\n');
  assert.ok(!/^Bcc/m.test(mail) && head.split('\n').every((line) => line.length < 78));
  assert.match(
    Buffer.from(body, 'base64').toString(),
    /^2026-01-02T03:04:06.123456789\+0000: Warning naïve\\nBcc: x\n/,
  );
});

test('a file is opened anew when it was rotated', async () => {
  const path = inFolder('alerts.jsonl');
  const output = new FileOutput({ path, form: 'json' });
  output.send(delivery(1));
  await waitFor(() => text('alerts.jsonl').endsWith('\n'), limit);
  renameSync(path, `${path}.1`);
  output.send(delivery(2));
  await waitFor(() => text('alerts.jsonl').endsWith('\n'), limit);
  await output.close(1000);
  assert.match(text('alerts.jsonl'), /^\{"hostname":"trap","output":"03:04:07.123456789: Warning alert 2".*\n$/);
  assert.deepEqual([output.stats.sent, output.stats.lost, output.stats.waiting], [2, 0, 0]);
});

test('a pipe whose reader stands still holds nothing up', async () => {
  const path = inFolder('pipe');
  execFileSync('mkfifo', [path]);
  const reader = spawn('/bin/sleep', ['30'], { stdio: [openedBoth(path), 'ignore', 'ignore'] });
  const fd = openSync(path, 'r+');
  const output = new QueuedOutput({
    name: 'stdout',
    transport: openStream(fd),
    format: deliveryJson,
    queueLimit: 50,
    timeoutMs: 50,
    retryMs: 5,
  });
  const big = delivery(1, { message: 'x'.repeat(50_000) });
  const started = performance.now();
  for (let n = 0; n < 100; n++) output.send(big);
  await waitFor(() => output.stats.failed > 0, limit);
  assert.ok(performance.now() - started < 4000);
  assert.ok(output.stats.lost >= 50);
  await output.close(20);
  reader.kill();
});

function openedBoth(path: string): number {
  const fd = openSync(path, 'r+');
  process.nextTick(() => closeSync(fd));
  return fd;
}

test('syslog over TLS, to a server whose certificate is trusted only', async () => {
  const [key, cert] = [inFolder('key.pem'), inFolder('cert.pem')];
  const request = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', ...request.split(' '), ...names], { stdio: 'ignore' });
  let got = '';
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => {
    socket.on('data', (bytes) => {
      got += bytes.toString();
    });
    socket.on('error', () => socket.destroy());
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const target = { transport: 'tls', host: '127.0.0.1', port } as const;
  const trusting = new SyslogOutput({ target: { ...target, caFile: cert }, retryMs: 10 });
  const strict = new SyslogOutput({ target, retryMs: 10 });
  trusting.send(delivery(1));
  strict.send(delivery(2));
  await waitFor(() => got.includes('alert 1'), limit);
  await waitFor(() => strict.stats.failed > 0, limit);
  assert.match(got, /^\d+ <132>1 .* - - 03:04:06.123456789: Warning alert 1$/);
  assert.match(strict.stats.lastError, /self-signed certificate/);
  await Promise.all([trusting.close(500), strict.close(10)]);
  assert.equal(strict.stats.lost, 1);
  await new Promise((resolve) => server.close(resolve));
});
