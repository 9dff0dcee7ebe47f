/**
 * `npm test`: static checks, then unit tests in one process, then every system test (real kernel, sshd, Samba, browser) in
 * a process of its own, one after the other. Fails when a stage fails or finds nothing to run. Arguments select stages or,
 * with a path, single test files: `npm test -- unit`, `npm test -- packages/scap/test/reader.test.ts`.
 */
import { spawn } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const NODE = process.execPath;
const BIN = path.join(ROOT, 'node_modules');
const SHARED = process.env.WASPGLASS_SHARED ?? path.join(ROOT, '../shared');
/** Longest that one system test file may take, in ms. */
const FILE_LIMIT = 10 * 60_000;

const counts = { passed: 0, failed: 0, skipped: 0 };

interface Stage {
  readonly what: string;
  readonly run: () => Promise<boolean>;
}

const stages: Readonly<Record<string, Stage>> = {
  lint: {
    what: 'format and lint (biome)',
    run: () => check('lint', [path.join(BIN, '.bin/biome'), 'check', '--error-on-warnings', '.']),
  },
  types: {
    what: 'types (tsc)',
    run: () => check('types', [NODE, path.join(BIN, 'typescript/bin/tsc'), '-p', 'tsconfig.json']),
  },
  consoleTypes: {
    what: 'types of the console (tsc)',
    run: () => check('console types', [NODE, path.join(BIN, 'typescript/bin/tsc'), '-p', 'apps/console']),
  },
  unused: {
    what: 'unused files and exports (knip)',
    run: () => check('unused', [NODE, path.join(BIN, 'knip/bin/knip.js'), '--no-progress']),
  },
  generated: { what: 'generated files are current', run: () => check('generated', [NODE, 'tools/gen.ts', '--check']) },
  unit: { what: 'unit tests', run: unitTests },
  conformance: { what: 'conformance with sysdig and Falco', run: conformance },
  system: { what: 'system tests', run: systemTests },
};

async function check(name: string, [program = '', ...args]: readonly string[]): Promise<boolean> {
  const { code } = await child(program, args);
  counts[code === 0 ? 'passed' : 'failed']++;
  if (code !== 0) process.stdout.write(`✖ ${name}\n`);
  return code === 0;
}

/** Long comparisons with what the real tools print; each prints its table and says by its exit code whether all is well. */
async function conformance(): Promise<boolean> {
  let ok = true;
  for (const file of ['test/conformance/run.ts', 'test/conformance/print.ts', 'test/suites/run.ts']) {
    ok = (await check(file, [NODE, '--disable-warning=ExperimentalWarning', file])) && ok;
  }
  return ok;
}

function unitTests(): Promise<boolean> {
  const files = globSync('{packages,apps,tools,test}/**/*.test.ts', {
    cwd: ROOT,
    exclude: (f) => f.includes('node_modules'),
  })
    .filter((file) => !file.endsWith('.system.test.ts'))
    .sort();
  return nodeTests(files);
}

async function systemTests(): Promise<boolean> {
  const files = globSync('{packages,apps,test}/**/*.system.test.ts', {
    cwd: ROOT,
    exclude: (f) => f.includes('node_modules'),
  }).sort(inOrder);
  let ok = files.length > 0;
  for (const file of files) ok = (await nodeTests([file])) && ok;
  return ok;
}

/** The end-to-end tests come last: they take longest and build on everything else. */
function inOrder(a: string, b: string): number {
  return Number(a.startsWith('test')) - Number(b.startsWith('test')) || a.localeCompare(b);
}

async function nodeTests(files: readonly string[]): Promise<boolean> {
  if (files.length === 0) return false;
  const args = [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-isolation=none',
    '--test-reporter=spec',
    `--test-timeout=${FILE_LIMIT}`,
    ...files,
  ];
  const { code, output } = await child(NODE, args);
  const count = (word: string) => Number(new RegExp(`^ℹ ${word} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  counts.passed += count('pass');
  counts.failed += count('fail') + count('cancelled');
  counts.skipped += count('skipped') + count('todo');
  if (code === 0 && count('tests') === 0) process.stdout.write(`✖ no test ran in ${files.join(' ')}\n`);
  return code === 0 && count('tests') > 0;
}

function child(program: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, WASPGLASS_SHARED: SHARED };
    const started = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    started.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      process.stdout.write(text);
    });
    started.on('error', (error) => resolve({ code: 1, output: error.message }));
    started.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

async function main(wanted: readonly string[]): Promise<number> {
  if (!existsSync(SHARED))
    process.stdout.write(`shared test material not found at ${SHARED}: tests that need it are skipped\n`);
  const names = wanted.length === 0 ? Object.keys(stages) : wanted;
  let ok = true;
  for (const name of names) {
    const stage = stages[name] ?? { what: name, run: () => nodeTests([name]) };
    const began = performance.now();
    process.stdout.write(`\n── ${stage.what}\n`);
    const good = await stage.run();
    ok &&= good;
    process.stdout.write(
      `── ${stage.what}: ${good ? 'good' : 'FAILED'} (${((performance.now() - began) / 1000).toFixed(1)} s)\n`,
    );
  }
  process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  return ok ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
