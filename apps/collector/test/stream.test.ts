import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { silentLogger, waitFor } from '@waspglass/kit';
import { append, attempt } from './documents.ts';
import { ask, login, makePlace, openStream } from './harness.ts';

const NOW = Date.now() - 60_000;

function many(from: number, to: number, padding = '') {
  return Array.from({ length: to - from }, (_, i) => {
    const document = attempt(from + i, NOW + from + i, '192.0.2.1', 'root', `p${from + i}`);
    Object.assign(document.waspglass, { padding });
    return document;
  });
}

test('a client that missed too much is told to load anew, and goes on from there', async (t) => {
  const place = makePlace(t);
  append(place.documents, 0, many(0, 2600));
  const { url } = await place.start();
  const cookie = await login(url);
  const newest = async () => (JSON.parse((await ask(`${url}/api/status`, { cookie })).body) as { seq: number }).seq;
  await waitFor(async () => (await newest()) === 2600, { limit: 8000, what: 'all documents' });
  const stream = openStream(url, cookie, { 'last-event-id': '1' });
  t.after(() => stream.close());
  await waitFor(() => stream.events.some((e) => e.event === 'reset'), { limit: 3000, what: 'the reset' });
  append(place.documents, 0, many(2600, 2601));
  await waitFor(() => stream.events.some((e) => e.event === 'document'), { limit: 3000, what: 'the next document' });
  const numbers = stream.events.filter((e) => e.id !== '').map((e) => [e.event, e.id]);
  assert.deepEqual(numbers, [
    ['reset', '2600'],
    ['document', '2601'],
  ]);
});

test('a client that does not read is cut and costs the others nothing', async (t) => {
  const place = makePlace(t);
  append(place.documents, 0, many(0, 1));
  const warnings: string[] = [];
  const { url } = await place.start({
    slowStreamMs: 1500,
    logger: { ...silentLogger, warn: (text) => warnings.push(text) },
  });
  const cookie = await login(url);
  const { hostname, port } = new URL(url);
  const deaf = connect(Number(port), hostname);
  t.after(() => deaf.destroy());
  deaf.on('error', () => deaf.destroy());
  await once(deaf, 'connect');
  deaf.pause();
  deaf.write(`GET /api/stream HTTP/1.1\r\nHost: ${hostname}\r\nCookie: ${cookie}\r\n\r\n`);
  const other = openStream(url, cookie);
  t.after(() => other.close());
  await waitFor(() => other.state.status === 200, { limit: 3000, what: 'the other stream' });
  const got = () => other.events.filter((e) => e.event === 'document').length;
  const cut = () => warnings.some((text) => text.includes('was cut'));
  // More than the sockets' buffers hold; the text index does not see the padding.
  let sent = 1;
  for (let round = 0; round < 16 && !cut(); round++) {
    append(place.documents, 0, many(sent, sent + 50, 'x'.repeat(40_000)));
    sent += 50;
    await waitFor(() => got() >= sent - 1, { limit: 20_000, what: `${sent - 1} documents` });
  }
  await waitFor(cut, { limit: 20_000, what: 'the deaf client to be cut' });
  assert.equal(other.state.ended, false);
});
