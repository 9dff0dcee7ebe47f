/**
 * How long a byte takes from the capture to a mounted target, in pieces: `evidence-lag.bench.ts [MIB_PER_S] [PIECE_MS]`.
 * The writer, the sealer and the shipper are processes of their own, as on a honeypot. At the end the pieces must be the
 * beginning of what was written.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { delay, silentLogger, waitFor } from '@waspglass/kit';
import { directoryTransport, Ledger, Pieces, Shipper } from '../packages/evidence/src/index.ts';

const [role = '50', second = '250', third = ''] = process.argv.slice(2);
const NAME = 'image.20261130-220000.000001.scap.gz';
const BLOCK = 65_536;
const SECONDS = 10;

const roles: Readonly<Record<string, () => Promise<void>>> = { write, seal, ship };
await (Object.hasOwn(roles, role) ? roles[role]?.() : measure(Number(role), Number(second)));

async function measure(rate: number, every: number): Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), 'wg-lag-'));
  const share = path.join(directory, 'share/bee');
  for (const folder of [share, path.join(directory, 'captures')]) mkdirSync(folder, { recursive: true });
  const arrived = new Map<string, number>();
  const watcher = watch(share, (_, name) => {
    if (name?.endsWith('.piece') === true && !arrived.has(name)) arrived.set(name, Date.now());
  });
  const children = [start('seal', directory, String(every)), start('ship', directory)];
  const writer = start('write', directory, String(rate));
  await waitFor(() => writer.exitCode !== null, { limit: 60_000, what: 'the writer' });
  const written = readFileSync(path.join(directory, 'captures', NAME));
  const names = () =>
    readdirSync(share)
      .filter((name) => name.endsWith('.piece'))
      .sort();
  const total = () => names().reduce((sum, name) => sum + readFileSync(path.join(share, name)).length, 0);
  await waitFor(() => total() === written.length, { limit: 30_000, every: 500, what: 'the last piece' });
  watcher.close();
  for (const child of children) child.kill();

  const times = readFileSync(path.join(directory, 'times'), 'utf8').trim().split('\n').map(Number);
  const lags: number[] = [];
  const hash = createHash('sha256');
  let offset = 0;
  for (const name of names()) {
    const bytes = readFileSync(path.join(share, name));
    hash.update(bytes);
    const end = offset + bytes.length;
    for (let block = Math.ceil(offset / BLOCK); block * BLOCK < end; block++) {
      lags.push((arrived.get(name) ?? Number.NaN) - (times[block] ?? Number.NaN));
    }
    offset = end;
  }
  const missed = lags.filter(Number.isNaN).length;
  lags.splice(0, lags.length, ...lags.filter((lag) => !Number.isNaN(lag)).sort((a, b) => a - b));
  const at = (part: number) => lags[Math.floor(lags.length * part)];
  const same = hash.digest('hex') === createHash('sha256').update(written).digest('hex');
  process.stdout.write(
    `${rate} MiB/s, a piece every ${every} ms: lag p50 ${at(0.5)}, p95 ${at(0.95)}, longest ${lags.at(-1)} ms (${missed} of ${missed + lags.length} blocks not seen to arrive); ` +
      `${names().length} pieces, ${same ? 'the same bytes' : 'OTHER BYTES'}\n`,
  );
  rmSync(directory, { recursive: true });
  process.exitCode = same ? 0 : 1;
}

function start(what: string, ...args: string[]): ChildProcess {
  const script = process.argv[1] ?? '';
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, what, ...args], {
    stdio: 'inherit',
  });
}

async function write(): Promise<void> {
  const block = Buffer.alloc(BLOCK, 'x');
  const begin = Date.now();
  const blocks = (Number(third) * 2 ** 20 * SECONDS) / BLOCK;
  for (let i = 0; i < blocks; i++) {
    const due = begin + (i * BLOCK * 1000) / (Number(third) * 2 ** 20);
    if (due > Date.now()) await delay(Math.max(1, due - Date.now()));
    block.writeUInt32LE(i);
    appendFileSync(path.join(second, 'captures', NAME), block);
    appendFileSync(path.join(second, 'times'), `${Date.now()}\n`);
  }
}

async function seal(): Promise<void> {
  const directory = path.join(second, 'captures');
  new Pieces({ directory, every: Number(third), current: () => NAME, logger: silentLogger });
  await delay(120_000);
}

async function ship(): Promise<void> {
  const directory = path.join(second, 'captures');
  const transport = directoryTransport({ directory: path.join(second, 'share'), host: 'bee', requireMount: 'no' });
  const ledger = new Ledger(path.join(second, 'ledger'));
  const shipper = new Shipper({ directory, transports: [transport], ledger, logger: silentLogger });
  await shipper.run(AbortSignal.timeout(120_000));
}
