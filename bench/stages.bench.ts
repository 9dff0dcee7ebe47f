/**
 * Steady-state rate of each stage, in memory: reading, state, filter, the line of the default print and others, chisels.
 * Each row is a process of its own that passes over a capture of a million events: once to warm up, then ROUNDS times.
 *
 * Usage: node bench/stages.bench.ts [ROUNDS] [WORD]. With WORD only rows whose name has it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { chiselHost } from '../apps/cli/src/read/chisel-host.ts';
import { shownTypes } from '../apps/cli/src/read/printers.ts';
import { startChisel } from '../packages/chisels/src/index.ts';
import { Inspector } from '../packages/inspect/src/index.ts';
import { TextBuffer } from '../packages/kit/src/index.ts';
import { type ScapHandler, ScapReader } from '../packages/scap/src/index.ts';
import { asFilter } from './rules-conditions.ts';

const root = join(import.meta.dirname, '..');
const shared = process.env.WASPGLASS_SHARED ?? join(root, '../shared');
const source = join(shared, 'captures/sf-httpd-prefork-full.scap');
const EVENTS = 1_000_000;
const PIECE = 1 << 20;
const ROOM = 1 << 16;

/** Makes what hears a pass. */
type Stage = () => ScapHandler;

const types = shownTypes(false);

/** The stages before, and events handed to nobody in particular. */
function told(): ScapHandler {
  const inspector = new Inspector();
  inspector.subscribe({ types, onEvent: () => undefined });
  return inspector.handler();
}

function filtered(text: string): Stage {
  return () => {
    const inspector = new Inspector();
    inspector.subscribe({ filter: inspector.compileFilter(text), types, onEvent: () => undefined });
    return inspector.handler();
  };
}

function printed(format: string): Stage {
  return () => {
    const inspector = new Inspector();
    const write = inspector.compileLine(format);
    const out = new TextBuffer(2 * ROOM);
    const onEvent = (c: typeof inspector.context) => {
      write(c, out);
      if (out.length > ROOM) out.length = 0;
    };
    inspector.subscribe({ types, onEvent });
    return inspector.handler();
  };
}

function chisel(name: string, ...args: string[]): Stage {
  return () => {
    const inspector = new Inspector();
    startChisel(name, chiselHost(inspector, undefined, []), args, { line: () => undefined, colours: false });
    return inspector.handler();
  };
}

interface Row {
  readonly stage: Stage;
  /** The row whose work is part of this one's. */
  readonly upon?: string;
}

const rows: Readonly<Record<string, Row>> = {
  reading: { stage: () => ({ onEvent: () => true }) },
  state: { stage: () => new Inspector().handler(), upon: 'reading' },
  'state, each event shown': { stage: told, upon: 'reading' },
  'filter evt.type=execve': { stage: filtered('evt.type=execve'), upon: 'state' },
  'filter of 25 conditions': { stage: filtered(asFilter()), upon: 'state' },
  'filter evt.args contains': { stage: filtered('evt.args contains no_such'), upon: 'state, each event shown' },
  'format of the default line': {
    stage: printed('*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info'),
    upon: 'state, each event shown',
  },
  'format evt.args': { stage: printed('%evt.args'), upon: 'state, each event shown' },
  'format of ten fields': {
    stage: printed(
      '*%evt.rawtime %evt.latency %proc.pid %proc.ppid %proc.cmdline %fd.num %fd.name %evt.res %user.name %15proc.name',
    ),
    upon: 'state, each event shown',
  },
  'chisel spy_users': { stage: chisel('spy_users'), upon: 'state' },
  'chisel topfiles_bytes': { stage: chisel('topfiles_bytes'), upon: 'state' },
  'chisel topprocs_cpu': { stage: chisel('topprocs_cpu'), upon: 'state' },
  'chisel topscalls': { stage: chisel('topscalls'), upon: 'state' },
  'chisel echo_fds': { stage: chisel('echo_fds'), upon: 'state' },
  'chisel httplog': { stage: chisel('httplog'), upon: 'state' },
};

/** One pass; how many events it had. */
function pass(bytes: Uint8Array, stage: Stage): number {
  const reader = new ScapReader(stage());
  for (let at = 0; at < bytes.length; at += PIECE) reader.push(bytes.subarray(at, at + PIECE));
  reader.end();
  return reader.cursor.num;
}

/** Million events per CPU second, median. */
function rateOf(stage: Stage, file: string, rounds: number): number {
  const bytes = readFileSync(file);
  pass(bytes, stage);
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    const events = pass(bytes, stage);
    const { user, system } = process.cpuUsage(before);
    rates.push(events / (user + system));
  }
  rates.sort((a, b) => a - b);
  return rates[rounds >> 1] ?? 0;
}

function bench(rounds: number, word: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'waspglass-stages-'));
  const file = join(folder, 'capture.scap');
  const known = new Map<string, number>();
  const rate = (name: string): number => {
    const found = known.get(name) ?? measure(name, file, rounds);
    known.set(name, found);
    return found;
  };
  try {
    execFileSync('python3', [join(shared, 'tools/repeat-capture.py'), source, file, String(EVENTS)]);
    console.log(`Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? '?'}, ${rounds} rounds\n`);
    console.log('| stage | million events per CPU second, with the stages before | of its own, ns per event |');
    console.log('|---|---|---|');
    for (const [name, { upon }] of Object.entries(rows)) {
      if (!name.includes(word)) continue;
      const own = 1000 / rate(name) - (upon === undefined ? 0 : 1000 / rate(upon));
      console.log(`| ${name} | ${rate(name).toFixed(1)} | ${own.toFixed(0)} |`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(name: string, file: string, rounds: number): number {
  return Number(
    execFileSync(process.execPath, [import.meta.filename, String(rounds), name, file], { encoding: 'utf8' }),
  );
}

const [rounds = '5', word = '', file] = process.argv.slice(2);
const row = rows[word];
if (file !== undefined && row !== undefined) console.log(rateOf(row.stage, file, Number(rounds)));
else if (existsSync(source)) bench(Number(rounds), word);
else console.log('skipped: the shared captures are missing');
