/** A collector without privileges that is killed while it works: nothing is lost, doubled or logged out. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@waspglass/kit';
import { mintLoginToken } from '../src/index.ts';
import { append, attempt } from './documents.ts';
import { ask, login } from './harness.ts';

const PROGRAM = fileURLToPath(new URL('./collector-process.ts', import.meta.url));
const NOBODY = 65_534;
const COUNT = 12_000;
const PORT = 38_844;

test('kill -9 during ingest', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'waspglass-kill-'));
  t.after(() => rmSync(root, { recursive: true }));
  const isRoot = process.getuid?.() === 0;
  const at = (name: string) => join(root, name);
  chmodSync(root, 0o755);
  for (const name of ['store', 'documents', 'run', 'console']) {
    mkdirSync(at(name));
    if (isRoot) chownSync(at(name), NOBODY, NOBODY);
  }
  writeFileSync(at('console/index.html'), '<!doctype html><title>console</title>');
  for (let from = 0; from < COUNT; from += 2000) {
    const documents = Array.from({ length: 2000 }, (_, i) =>
      attempt(from + i, 1_772_366_400_000 + from + i, `192.0.2.${i % 200}`, 'root', `p${from + i}`),
    );
    append(at('documents'), from / 2000, documents);
  }
  const options = {
    storeDirectory: at('store'),
    documentsDirectory: at('documents'),
    consoleDirectory: at('console'),
    runDirectory: at('run'),
    port: PORT,
  };
  let child: ChildProcess | undefined;
  t.after(() => child?.kill('SIGKILL'));
  const start = async (): Promise<string> => {
    child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
    });
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    return line.toString().trim();
  };
  const url = await start();
  const token = mintLoginToken(at('run'), isRoot ? { uid: NOBODY, gid: NOBODY } : undefined);
  const cookie = await login(url, token);
  const status = async () => {
    const answer = await ask(`${url}/api/status`, { cookie });
    assert.equal(answer.status, 200, 'still logged in');
    return JSON.parse(answer.body) as { seq: number; attempts: number; skippedLines: number; storeProblem: string };
  };
  for (const mark of [500, 3000, 6000]) {
    await waitFor(async () => (await status()).seq >= mark, { limit: 20_000, every: 5, what: `${mark} documents` });
    child?.kill('SIGKILL');
    if (child !== undefined) await once(child, 'exit');
    await start();
  }
  const end = await waitFor(
    async () => {
      const now = await status();
      return now.seq >= COUNT ? now : undefined;
    },
    { limit: 30_000, what: 'all documents' },
  );
  assert.deepEqual([end.seq, end.attempts, end.skippedLines, end.storeProblem], [COUNT, COUNT, 0, '']);
});
