/** Webhooks: bodies, order, batches, receivers that hang, refuse or ask for patience. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitFor } from '@waspglass/kit';
import {
  deliveryJson,
  jsonBody,
  openWebhook,
  QueuedOutput,
  slackBody,
  slackText,
  telegramBody,
  telegramText,
} from '../src/index.ts';
import { delivery, HOSTILE, httpReceiver } from './made.ts';

const limit = { limit: 5000, what: 'the receiver' };

test('alerts arrive in order, as Falco’s JSON, over one connection', async () => {
  const receiver = await httpReceiver((response) => response.end('ok'));
  const transport = openWebhook({ url: receiver.url, body: jsonBody, headers: { authorization: 'Bearer x' } });
  const output = new QueuedOutput({ name: 'webhook', transport, format: deliveryJson, batch: 10 });
  for (let n = 0; n < 25; n++) output.send(delivery(n));
  await output.close(5000);
  const parsed = receiver.bodies.flatMap((body) => [JSON.parse(body) as unknown].flat()) as { output: string }[];
  assert.deepEqual(
    parsed.map(({ output: text }) => text.slice(20)),
    Array.from({ length: 25 }, (_, n) => `Warning alert ${n}`.slice(0)),
  );
  assert.equal((parsed[0] as unknown as { output_fields: Record<string, string> }).output_fields['proc.name'], HOSTILE);
  assert.ok(receiver.bodies.length < 10 && receiver.bodies.every((body) => !body.includes('\n')));
  assert.deepEqual([output.stats.sent, output.stats.lost, output.stats.waiting], [25, 0, 0]);
  await receiver.close();
});

test('a receiver that hangs delays nobody: alerts wait, those without room are counted', async () => {
  let hang = true;
  const receiver = await httpReceiver((response) => {
    if (!hang) response.end();
  });
  const transport = openWebhook({ url: receiver.url, body: jsonBody });
  const output = new QueuedOutput({
    name: 'webhook',
    transport,
    format: deliveryJson,
    queueLimit: 20,
    timeoutMs: 60,
    retryMs: 5,
    longestMs: 20,
  });
  const started = performance.now();
  for (let n = 0; n < 50; n++) output.send(delivery(n));
  assert.ok(performance.now() - started < 500, 'sending blocked');
  assert.equal(output.stats.lost, 30);
  await waitFor(() => output.stats.failed >= 2, limit);
  assert.match(output.stats.lastError, /WG_ALERTS_TIMEOUT: webhook did not take the alert within 0.06 s/);
  hang = false;
  await waitFor(() => output.stats.sent === 20, limit);
  await output.close(1000);
  await receiver.close();
});

test('server errors are tried again, refusals are lost at once, Retry-After is kept', async () => {
  const receiver = await httpReceiver((response, _, n) => {
    if (n === 1) response.writeHead(503).end();
    else if (n === 2) response.writeHead(429, { 'retry-after': '1' }).end();
    else if (n === 4) response.writeHead(400).end();
    else response.end();
  });
  const transport = openWebhook({ url: receiver.url, body: jsonBody });
  const options = { name: 'webhook', transport, format: deliveryJson, retryMs: 5, longestMs: 50 };
  const output = new QueuedOutput(options);
  for (let n = 0; n < 3; n++) output.send(delivery(n));
  await waitFor(() => output.stats.waiting === 0, limit);
  assert.deepEqual([output.stats.sent, output.stats.lost, output.stats.failed], [2, 1, 3]);
  await output.close(100);
  await receiver.close();
});

test('nobody listens: what waits at the end is counted', async () => {
  const transport = openWebhook({ url: 'http://127.0.0.1:1/', body: jsonBody });
  const output = new QueuedOutput({ name: 'webhook', transport, format: deliveryJson, retryMs: 5 });
  for (let n = 0; n < 5; n++) output.send(delivery(n));
  await output.close(50);
  assert.deepEqual([output.stats.sent, output.stats.lost, output.stats.waiting], [0, 5, 0]);
});

test('chats get text that is no markup', () => {
  const hostile = delivery(1, { message: 'run ```<!channel> & co```' });
  const { text } = JSON.parse(slackBody([slackText(hostile)])) as { text: string };
  assert.match(text, /^🟡 \*Shell\* on trap\n```03:04:06.123456789: Warning run .*&lt;!channel&gt; &amp; co.*```$/);
  assert.equal(text.split('```').length, 3);
  const body = JSON.parse(telegramBody('-100')([telegramText(delivery(1, { message: 'x'.repeat(9000) }))])) as {
    chat_id: string;
    text: string;
  };
  assert.equal(body.chat_id, '-100');
  assert.ok(body.text.length < 4096 && body.text.startsWith('🟡 Shell on trap\n'));
});
