/** The arrows of docs/architecture.md: a package imports only packages of a lower rank, and only what it declares. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

const ranks: Readonly<Record<string, number>> = {
  kit: 0,
  schema: 1,
  scap: 2,
  logs: 2,
  evidence: 2,
  victim: 2,
  state: 3,
  store: 3,
  sensor: 3,
  lang: 4,
  fields: 5,
  format: 6,
  rules: 7,
  chisels: 7,
  alerts: 8,
  inspect: 8,
  sessions: 9,
  api: 9,
  collector: 10,
  console: 10,
  cli: 11,
};

/** Packages that may use only what is named, whatever the ranks say. */
const onlyFrom: Readonly<Record<string, readonly string[]>> = {
  console: ['api', 'lang'],
  api: ['logs'],
};

interface Import {
  readonly from: string;
  readonly file: string;
  readonly to: string;
}

function importsOf(file: string): string[] {
  const source = readFileSync(path.join(ROOT, file), 'utf8');
  return [...source.matchAll(/(?:from|import)\s*\(?\s*'@waspglass\/([a-z-]+)([^']*)'/g)].map(
    ([, name = '', deep = '']) => {
      assert.equal(deep, '', `${file}: deep import into @waspglass/${name}${deep}`);
      return name;
    },
  );
}

const imports: readonly Import[] = globSync('{packages,apps}/*/src/**/*.{ts,tsx}', { cwd: ROOT }).flatMap((file) =>
  importsOf(file).map((to) => ({ from: file.split(path.sep)[1] ?? '', file, to })),
);

test('every package has a rank and there are imports to check', () => {
  const folders = globSync('{packages,apps}/*/package.json', { cwd: ROOT }).map((f) => f.split(path.sep)[1] ?? '');
  assert.deepEqual(
    folders.filter((f) => ranks[f] === undefined),
    [],
  );
  assert.ok(imports.length > 50, `only ${imports.length} imports found`);
});

test('imports point down', () => {
  const wrong = imports.filter(({ from, to }) => (ranks[to] ?? 99) >= (ranks[from] ?? -1) && from !== to);
  assert.deepEqual(
    wrong.map(({ file, to }) => `${file} imports ${to}`),
    [],
  );
});

test('the browser imports only what is safe there', () => {
  const wrong = imports.filter(({ from, to }) => onlyFrom[from]?.includes(to) === false);
  assert.deepEqual(
    wrong.map(({ file, to }) => `${file} imports ${to}`),
    [],
  );
});
