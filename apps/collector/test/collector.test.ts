import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PASSWORD_MASK, type SessionResponse } from '@waspglass/api';
import { waitFor } from '@waspglass/kit';
import { mintLoginToken } from '../src/index.ts';
import { append, attack, attempt, growth, queueFile } from './documents.ts';
import { ask, login, makePlace, openStream } from './harness.ts';

const NOW = Date.now() - 60_000;

async function getJson<T>(url: string, cookie: string): Promise<T> {
  const answer = await ask(url, { cookie });
  assert.equal(answer.status, 200, `${url}: ${answer.body}`);
  return JSON.parse(answer.body) as T;
}

/** Waits until `count` documents of the feed are stored. */
function stored(url: string, cookie: string, count: number): Promise<true> {
  return waitFor(async () => (await getJson<{ seq: number }>(`${url}/api/status`, cookie)).seq >= count || undefined, {
    limit: 5000,
    what: `${count} documents`,
  });
}

test('nothing is served before the link, and the link works once', async (t) => {
  const place = makePlace(t);
  const { url } = await place.start();
  for (const path of ['/', '/sessions/x', '/assets/app-1.js', '/api/status', '/api/stream', '/nothing']) {
    assert.equal((await ask(url + path)).status, 401, path);
  }
  const page = await ask(`${url}/`, { accept: 'text/html' });
  assert.match(page.body, /prints a new one.*waspglass/s);
  assert.equal((await ask(`${url}/login?token=wrong`)).status, 401);
  assert.equal((await ask(`${url}/login`)).status, 401);
  const first = await ask(`${url}/login?token=first-token`);
  assert.equal(first.status, 303);
  assert.match(
    String(first.headers['set-cookie']),
    /^waspglass_\d+=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
  );
  assert.equal((await ask(`${url}/login?token=first-token`)).status, 401);
  const cookie = String(first.headers['set-cookie']).split(';')[0] ?? '';
  assert.equal((await ask(`${url}/api/status`, { cookie })).status, 200);
  assert.equal((await ask(`${url}/api/status`, { cookie: `${cookie}x` })).status, 401);
});

test('a minted token logs in without a restart, once; sessions outlive a restart, used tokens stay used', async (t) => {
  const place = makePlace(t);
  const first = await place.start();
  const stale = mintLoginToken(place.run);
  const token = mintLoginToken(place.run);
  assert.equal(statSync(join(place.run, 'login-token')).mode & 0o777, 0o600);
  assert.ok(!readFileSync(join(place.run, 'login-token'), 'utf8').includes(token));
  assert.equal((await ask(`${first.url}/login?token=${stale}`)).status, 401);
  const cookie = await login(first.url, token);
  await login(first.url);
  assert.ok(!readFileSync(join(place.store, 'access.json'), 'utf8').includes(cookie.split('=')[1] ?? '?'));
  await first.close();
  const port = Number(new URL(first.url).port);
  const second = await place.start({ port });
  assert.equal((await ask(`${second.url}/api/status`, { cookie })).status, 200);
  assert.equal((await ask(`${second.url}/login?token=first-token`)).status, 401);
  assert.equal((await ask(`${second.url}/login?token=${token}`)).status, 401);
  const stream = openStream(second.url, cookie);
  await waitFor(() => stream.state.status === 200, { limit: 3000, what: 'the stream' });
  const out = await ask(`${second.url}/api/logout`, { cookie, origin: second.url }, 'POST');
  assert.equal(out.status, 200);
  await waitFor(() => stream.state.ended, { limit: 3000, what: 'the end of the stream' });
  assert.equal((await ask(`${second.url}/api/status`, { cookie })).status, 401);
});

test('foreign hosts and origins are refused and headers are strict', async (t) => {
  const { url } = await makePlace(t).start({ hostNames: ['pot.invalid'] });
  const cookie = await login(url);
  const status = async (headers: Record<string, string>, path = '/api/status', method = 'GET') =>
    (await ask(url + path, { cookie, ...headers }, method)).status;
  assert.equal(await status({ host: 'rebound.invalid' }), 403);
  assert.equal(await status({ host: 'pot.invalid:80' }), 200);
  assert.equal(await status({ host: 'localhost:1234' }), 200);
  assert.equal(await status({ host: '[::1]:1' }), 200);
  for (const host of ['127.0.0.1.evil.invalid', 'a b', '[evil]']) assert.equal(await status({ host }), 403, host);
  assert.equal(await status({ origin: 'http://evil.invalid' }, '/api/logout', 'POST'), 403);
  assert.equal(await status({}, '/api/logout', 'POST'), 403);
  const { headers } = await ask(`${url}/`, { cookie, accept: 'text/html' });
  assert.match(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
  assert.doesNotMatch(String(headers['content-security-policy']), /script-src[^;]*unsafe-inline/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['access-control-allow-origin'], undefined);
});

test('pages fall back to the console, the interface never does, and errors show nothing of the inside', async (t) => {
  const { url } = await makePlace(t).start();
  const cookie = await login(url);
  const page = (path: string) => ask(url + path, { cookie, accept: 'text/html' });
  for (const path of ['/', '/sessions/abc', '/addresses/192.0.2.1']) {
    const answer = await page(path);
    assert.match(answer.body, /<title>console/, path);
    assert.equal(answer.headers['cache-control'], path === '/' ? 'no-cache' : answer.headers['cache-control']);
  }
  assert.match(String((await page('/assets/app-1.js')).headers['cache-control']), /immutable/);
  for (const path of [
    '/api/none',
    '/assets/none.js',
    '/api/sessions/none',
    '/api/documents/none',
    '/../../etc/passwd',
  ]) {
    const answer = await ask(url + path, { cookie });
    assert.equal(answer.status, 404, path);
    assert.equal(JSON.parse(answer.body).error.code, 'not_found');
  }
  for (const path of [
    '/api/feed?limit=9999',
    '/api/feed?before=x',
    '/api/feed?x=1',
    '/api/sessions/%zz',
    '/api/growth?minutes=-1',
  ]) {
    const answer = await ask(url + path, { cookie });
    assert.equal(answer.status, 400, `${path}: ${answer.body}`);
    assert.doesNotMatch(answer.body, /node_modules|at .*\.ts/);
    assert.equal(JSON.parse(answer.body).error.code, 'bad_request');
  }
});

test('documents come through every route, with passwords only when asked', async (t) => {
  const place = makePlace(t);
  const attempts = Array.from({ length: 5 }, (_, n) => attempt(n, NOW + n, '192.0.2.10', 'root', `guess-${n}`));
  const success = attempt(9, NOW + 900, '192.0.2.10', 'root', 'passw0rd', true);
  const documents = [
    ...attempts,
    success,
    ...attack({ id: 's-1', start: NOW + 1000, ip: '192.0.2.10' }),
    growth(Math.floor(NOW / 60_000), 1200, 3),
  ];
  append(place.documents, 0, documents);
  const { url } = await place.start({ status: () => ({ victim: 'up', sensor: 'up', droppedPackets: 7 }) });
  const cookie = await login(url);
  await stored(url, cookie, documents.length);
  const get = <T>(path: string) => getJson<T>(url + path, cookie);
  for (const path of [
    '/api/feed',
    '/api/addresses/192.0.2.10',
    '/api/sessions',
    '/api/sessions/s-1',
    '/api/search?q=failed',
    '/api/documents/session-s-1',
  ]) {
    const body = JSON.stringify(await get(path));
    assert.doesNotMatch(body, /guess-\d|passw0rd/, path);
    assert.ok(body.includes(PASSWORD_MASK), path);
  }
  const address = await get<{ guesses: { password: string }[] }>('/api/addresses/192.0.2.10?reveal=1');
  assert.deepEqual(address.guesses.map((g) => g.password).sort(), [
    'guess-0',
    'guess-1',
    'guess-2',
    'guess-3',
    'guess-4',
    'passw0rd',
  ]);
  const session = await get<SessionResponse>('/api/sessions/s-1?reveal=1');
  assert.deepEqual(
    session.commands.map((c) => c.waspglass.index),
    [1, 2, 3, 4, 5, 6, 7],
  );
  assert.equal(session.attempts.length, 6);
  assert.equal(session.terminal.length, 8);
  assert.deepEqual(session.counts, { commands: 7, alerts: 4, files: 2, connections: 1 });
  assert.equal(session.session.waspglass.password, 'passw0rd');
  const status = await get<Record<string, unknown>>('/api/status');
  assert.equal(status.victim, 'up');
  assert.deepEqual([status.attempts, status.lostEvents, status.droppedPackets, status.events], [6, 3, 7, 1200]);
  assert.equal((await get<{ items: unknown[] }>('/api/alerts?severity=4')).items.length, 3);
  assert.equal((await get<{ steps: unknown[] }>('/api/growth?minutes=10')).steps.length > 0, true);
});

test('a document appended to the queue is on the stream in time, and a client resumes where it was', async (t) => {
  const place = makePlace(t);
  append(place.documents, 0, [attempt(1, NOW, '192.0.2.1', 'root', 'old')]);
  const { url } = await place.start();
  const cookie = await login(url);
  await stored(url, cookie, 1);
  const stream = openStream(url, cookie);
  t.after(() => stream.close());
  await waitFor(() => stream.state.status === 200, { limit: 3000, what: 'the stream' });
  await waitFor(() => stream.events.some((e) => e.event === 'status'), { limit: 3000, what: 'a status' });
  const documents = () => stream.events.filter((e) => e.event === 'document');
  const began = performance.now();
  append(place.documents, 0, [attempt(2, NOW + 1, '192.0.2.1', 'root', 'fresh')]);
  await waitFor(() => documents().length > 0, { limit: 3000, every: 5, what: 'the document' });
  assert.ok(performance.now() - began < 1500, 'took too long');
  assert.match(documents()[0]?.data ?? '', /auth-\d+-2/);
  assert.doesNotMatch(documents()[0]?.data ?? '', /fresh/);
  stream.close();
  append(place.documents, 0, [attempt(3, NOW + 2, '192.0.2.1', 'root', 'missed')]);
  await stored(url, cookie, 3);
  const resumed = openStream(url, cookie, { 'last-event-id': documents()[0]?.id ?? '' });
  t.after(() => resumed.close());
  await waitFor(() => resumed.events.some((e) => e.event === 'document'), { limit: 3000, what: 'the missed document' });
  assert.deepEqual(
    resumed.events.filter((e) => e.event === 'document').map((e) => e.id),
    ['3'],
  );
});

test('a collector that is stopped and started again neither loses nor doubles, and removes consumed files', async (t) => {
  const place = makePlace(t);
  const make = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => attempt(from + i, NOW + from + i, '192.0.2.1', 'root', `p${from + i}`));
  append(place.documents, 0, make(0, 700));
  const first = await place.start();
  let cookie = await login(first.url);
  await waitFor(async () => (await getJson<{ seq: number }>(`${first.url}/api/status`, cookie)).seq > 0, {
    limit: 5000,
    what: 'a batch',
  });
  await first.close();
  append(place.documents, 0, make(700, 800));
  appendFileSync(queueFile(place.documents, 0), '{"_id":"torn');
  append(place.documents, 1, [...make(750, 900)]);
  const second = await place.start({ token: 'second' });
  cookie = await login(second.url, 'second');
  await stored(second.url, cookie, 900);
  await waitFor(() => !existsSync(queueFile(place.documents, 0)), {
    limit: 3000,
    what: 'removal of the consumed file',
  });
  const status = await getJson<Record<string, unknown>>(`${second.url}/api/status`, cookie);
  assert.deepEqual([status.attempts, status.seq, status.skippedLines], [900, 900, 1]);
  await second.close();
  rmSync(place.documents, { recursive: true });
  append(place.documents, 0, make(890, 910));
  const third = await place.start({ token: 'third' });
  cookie = await login(third.url, 'third');
  await stored(third.url, cookie, 910);
});

test('lines that are no documents are skipped and counted', async (t) => {
  const place = makePlace(t);
  append(place.documents, 0, []);
  const odd = [
    '',
    'null',
    '[]',
    '{}',
    '{"_id":1}',
    'x',
    `{"_id":"a","event":{"dataset":"nope"},"waspglass":{},"message":"","@timestamp":"2026-01-01T00:00:00Z"}`,
    '\u0000\u0001',
    `{"_id":"b","event":{"dataset":"system.auth"},"waspglass":{},"message":"","@timestamp":"2026-01-01T00:00:00Z","source":null}`,
  ];
  appendFileSync(queueFile(place.documents, 0), `${odd.join('\n')}\n`);
  append(place.documents, 0, [attempt(1, NOW, '192.0.2.1', 'root', 'x')]);
  const { url } = await place.start();
  const cookie = await login(url);
  await stored(url, cookie, 1);
  const status = await getJson<{ skippedLines: number; attempts: number }>(`${url}/api/status`, cookie);
  assert.equal(status.attempts, 1);
  assert.ok(status.skippedLines >= 8, String(status.skippedLines));
});

test('what cannot start says why in one line', async (t: TestContext) => {
  const place = makePlace(t);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  await assert.rejects(
    place.start({ port }),
    new RegExp(`WG_COLLECTOR_LISTEN: cannot listen on 127.0.0.1 port ${port}: another program uses it`),
  );
  await assert.rejects(place.start({ consoleDirectory: join(place.run, 'none') }), /WG_COLLECTOR_NO_CONSOLE/);
});
