/** The configuration's outputs of alerts: which are made, what they get, and that one that fails stops none. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger, waitFor } from '@waspglass/kit';
import { type Alert, loadRules } from '@waspglass/rules';
import { parseConfig } from '../src/config/read.ts';
import { alertOutputs } from '../src/sensor-process/alert-outputs.ts';
import { Outputs } from '../src/sensor-process/outputs.ts';

const ruleText = '- rule: Shell\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: WARNING\n';

function alert(n: number): Alert {
  const [rule] = loadRules([{ file: 'r.yaml', text: ruleText }]).rules;
  assert.ok(rule);
  return { rule, time: BigInt(n) * 1_000_000_000n, message: `alert ${n}`, fields: {}, hostname: 'trap' };
}

test('every output gets its form; repeats are folded; the broken ones are counted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waspglass-outputs-'));
  const requests: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      requests.push(`${request.url} ${request.headers['x-key'] ?? ''} ${body}`);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const source = [
    'alerts:',
    `  file: ${join(folder, 'more.txt')}`,
    '  file_form: text',
    `  webhook: ${url}/hook`,
    `  webhook_headers: ${file('headers', 'X-Key: secret\n')}`,
    '  syslog: tcp://127.0.0.1:1',
    `  slack: ${file('slack', `${url}/slack\n`)}`,
    `  telegram: ${file('telegram', '12:ab\n')}`,
    `  telegram_api: ${url}`,
    '  telegram_chat: "-100"',
    '  mail_to: ops@example.invalid',
    `  mail_program: [/bin/sh, -c, "cat > ${join(folder, 'mail')}"]`,
    `  program: [/bin/sh, -c, "cat > ${join(folder, 'program')}"]`,
  ].join('\n');
  const { config, errors } = parseConfig(source, 'w.yaml');
  assert.deepEqual(errors, []);
  const outputs = new Outputs({
    alertsFile: join(folder, 'alerts.jsonl'),
    documentsDirectory: folder,
    outputs: alertOutputs(config, 'trap', silentLogger),
    logger: silentLogger,
  });
  for (let n = 1; n <= 3; n++) outputs.alert(alert(n), { id: `a${n}` }, 'process 7');
  const names = ['file', 'syslog', 'webhook', 'program', 'mail', 'slack', 'telegram'];
  assert.deepEqual(Object.keys(outputs.stats), names);
  assert.ok(Object.values(outputs.stats).every(({ folded }) => folded === 2));
  await waitFor(() => requests.length === 3 && (outputs.stats.mail?.sent ?? 0) === 1, { limit: 5000, what: 'alerts' });
  await outputs.close();
  assert.equal(outputs.stats.syslog?.lost, 2);
  assert.match(outputs.stats.syslog?.lastError ?? '', /ECONNREFUSED/);
  assert.equal(outputs.failures, 2);
  const all = requests.join('\n');
  assert.match(all, /^\/hook secret \{"hostname":"trap".*"waspglass":\{"id":"a1"\}\}$/m);
  assert.match(all, /^\/hook secret .*"id":"a3","repeats":\{"count":2,/m);
  assert.match(all, /^\/slack {2}\{"text":"🟡 \*Shell\* on trap/m);
  assert.match(all, /^\/bot12:ab\/sendMessage {2}\{"chat_id":"-100"/m);
  const lines = (name: string) => readFileSync(join(folder, name), 'utf8').trim().split('\n');
  assert.equal(lines('alerts.jsonl').length, 3, 'all alerts are on record');
  assert.deepEqual(lines('more.txt'), [
    '00:00:01.000000000: Warning alert 1',
    '00:00:03.000000000: Warning alert 3 (×2, first 00:00:02.000000000, last 00:00:03.000000000)',
  ]);
  assert.equal(lines('program').length, 2);
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  rmSync(folder, { recursive: true, force: true });
});

test('options of outputs say what they take', () => {
  const messages = (text: string) => parseConfig(text, 'w.yaml').errors.map((error) => error.message);
  assert.match(messages('alerts: {webhook: "ftp://x"}')[0] ?? '', /found "ftp:\/\/x", expected an http or https URL/);
  assert.match(messages('alerts: {program: [sh]}')[0] ?? '', /expected a list of the absolute path of a program/);
  assert.match(messages('alerts: {mail_to: "a@b\\nBcc: c"}')[0] ?? '', /expected an e-mail address/);
  assert.deepEqual(messages('alerts: {syslog: "tls://192.0.2.1:6514"}'), []);
});
