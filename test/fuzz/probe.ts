/**
 * Reads a mutant as `waspglass read` would (reader, state, fields, lines, chisels) and checks what came of it: nothing but
 * a WaspglassError may be thrown, it says where, and what stands before the damage was told as it is told without damage.
 */
import { unzipSync } from 'node:zlib';
import { chisels, startChisel } from '@waspglass/chisels';
import { eventFields } from '@waspglass/fields';
import { Inspector } from '@waspglass/inspect';
import { WaspglassError } from '@waspglass/kit';
import { encodeDescriptors, encodeProcesses, encodeUsers, ScapReader } from '@waspglass/scap';
import { snapshot } from '@waspglass/state';
import { chiselHost } from '../../apps/cli/src/read/chisel-host.ts';
import { gunzip } from '../../packages/scap/src/gunzip.ts';
import { GzipFile } from '../../packages/scap/src/inflate.hot.ts';
import type { Original } from './corpus.ts';
import { type Mutant, mutant } from './mutate.ts';
import { Random } from './random.ts';

/** What is wrong with how a mutant was read. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

const FILE = 'mutant.scap';
const GUARD_BYTES = 1 << 18;
const RING_BYTES = 1 << 16;
const LINE = '*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info';

const plainFields = Object.entries(eventFields).flatMap(([name, field]) => (field.arg === 'required' ? [] : [name]));
const argumentFields = [
  'proc.aname[2]',
  'proc.apid[1]',
  'proc.aexe[3]',
  'proc.acmdline[1]',
  'proc.env[PATH]',
  'evt.rawarg.res',
  'evt.arg[0]',
  'evt.arg.name',
  'evt.rawarg.fd',
  'fd.types[1]',
];
const filters = [
  'evt.type in (open, openat, execve, connect) and evt.res!=ENOENT',
  'fd.name startswith /etc or fd.sip=192.0.2.1 or fd.net=10.0.0.0/8',
  'proc.aname[2] contains sh and not proc.cmdline icontains "a"',
  'evt.buffer contains GET or evt.arg.flags contains O_CREAT',
  'user.name=root and evt.latency>1000 and fd.l4proto=tcp',
];
const chiselArgs: Readonly<Record<string, readonly string[]>> = {
  around: ['evt.type=open', '1'],
  fdbytes_by: ['fd.directory'],
  fdcount_by: ['proc.name'],
  fdtime_by: ['fd.name'],
  fileslower: ['1'],
  netlower: ['1'],
  scallslower: ['1'],
  spy_file: ['RW', '/etc'],
  spy_ip: ['192.0.2.1'],
  spy_port: ['80'],
};

export interface Reading {
  readonly events: number;
  readonly error: unknown;
  /** Hash of all lines up to each event. */
  readonly lines: Int32Array;
  readonly printed: number;
  /** A chisel wanted no more. */
  readonly stopped: boolean;
  /** Inflated as what comes through a pipe is: the last pieces before damage may be lost. */
  readonly stream: boolean;
}

interface How {
  readonly enter: boolean;
  /** Random numbers for what else is looked at; missing: lines only. */
  readonly more: Random | undefined;
}

export class Probe {
  private readonly undamaged = new Map<string, Reading>();

  /** Makes the mutant of a seed, reads it and checks the result; returns how many events were read. */
  async check(original: Original, seed: number): Promise<number> {
    const r = new Random(seed);
    const m = mutant(r, original);
    const how = { enter: r.once(4), more: r };
    const reading = await read(m, how);
    try {
      this.judge(original, m, how.enter, reading);
    } catch (error) {
      if (error instanceof Finding) error.message += ` (${m.what})`;
      throw error;
    }
    return reading.events;
  }

  private judge(
    original: Original,
    m: Mutant,
    enter: boolean,
    { events, error, lines, stopped, stream }: Reading,
  ): void {
    if (error !== undefined) checkError(error, m);
    const intact = !m.packed ? m.intact : stream && m.what !== 'packedCut' ? 0 : intactBytes(m);
    const before = original.eventEnds.filter((end) => end <= intact).length;
    if (events < before && !stopped)
      throw new Finding(`${before} events before the damage, ${events} told: ${String(error)}`);
    const right = this.baseline(original, enter).lines;
    for (let i = 0; i < Math.min(before, events); i++) {
      if (lines[i] !== right[i]) throw new Finding(`the line of event ${i + 1} differs, damage is after ${before}`);
    }
  }

  /** How the undamaged capture is told. */
  private baseline(original: Original, enter: boolean): Reading {
    const key = `${original.name} ${enter}`;
    const known = this.undamaged.get(key);
    if (known !== undefined) return known;
    const whole: Mutant = { bytes: original.bytes, packed: false, intact: original.bytes.length, what: 'nothing' };
    const inspector = new Inspector({ enter });
    const reading = new Told(inspector, GUARD_BYTES).finish((reader) => feed(reader, whole.bytes, undefined));
    if (reading.error !== undefined) throw new Finding(`undamaged, but: ${String(reading.error)}`);
    if (reading.events !== original.eventEnds.length) throw new Finding(`undamaged, but ${reading.events} events`);
    this.undamaged.set(key, reading);
    return reading;
  }
}

function checkError(error: unknown, { bytes, packed, intact }: Mutant): void {
  if (!(error instanceof WaspglassError)) throw error;
  const { file, offset } = error.at;
  if (file !== FILE) throw new Finding(`an error without the file: ${error.message}`);
  if (packed && error.code.startsWith('WG_SCAP_GZIP')) return;
  if (offset === undefined || offset < 0) throw new Finding(`an error without a place: ${error.message}`);
  if (packed) return;
  if (offset > bytes.length) throw new Finding(`an error beyond the end: ${error.message}`);
  if (offset + GUARD_BYTES < intact) throw new Finding(`an error far before the damage: ${error.message}`);
}

/** Uncompressed bytes that can be had from what is undamaged of a gzip stream. */
function intactBytes({ bytes, intact }: Mutant): number {
  if (intact < 18) return 0;
  try {
    return unzipSync(bytes.subarray(0, intact), { finishFlush: 2 }).length;
  } catch {
    // A stream of many members ends in half a header: how many bytes are before it isn't known.
    return 0;
  }
}

async function read(m: Mutant, how: How): Promise<Reading> {
  const inspector = new Inspector({ enter: how.enter });
  const told = new Told(inspector, GUARD_BYTES);
  if (how.more !== undefined) lookAtMore(inspector, how.more, told);
  const r = how.more;
  if (!m.packed) return told.finish((reader) => feed(reader, m.bytes, r));
  if (r?.once(10) === true) return told.finishLater((reader) => inflateLater(reader, m.bytes));
  return told.finish((reader) => inflate(reader, m.bytes));
}

/** A reading and what was told in it. */
class Told {
  private readonly reader: ScapReader;
  private readonly hashes: number[] = [];
  private hash = 0;
  private printed = 0;
  readonly ends: (() => void)[] = [];

  constructor(inspector: Inspector, guardBytes: number) {
    const text = inspector.compileFormat(LINE);
    inspector.subscribe({
      onEvent: (c) => {
        c.tick();
        this.line(text(c) ?? '');
      },
    });
    const handler = inspector.handler();
    const options = { file: FILE, guardBytes, ringBytes: RING_BYTES };
    this.reader = new ScapReader(
      {
        ...handler,
        onEvent: (cursor) => {
          const go = handler.onEvent(cursor);
          this.hashes.push(this.hash);
          return go;
        },
      },
      options,
    );
  }

  finish(feeding: (reader: ScapReader) => void): Reading {
    let error: unknown;
    try {
      feeding(this.reader);
      this.reader.end();
    } catch (thrown) {
      error = thrown;
    }
    return this.result(error, false);
  }

  async finishLater(feeding: (reader: ScapReader) => Promise<void>): Promise<Reading> {
    let error: unknown;
    try {
      await feeding(this.reader);
      this.reader.end();
    } catch (thrown) {
      error = thrown;
    }
    return this.result(error, true);
  }

  /** What chisels say at the end is said after an error too. */
  private result(error: unknown, stream: boolean): Reading {
    for (const end of this.ends) end();
    const { stopped, stats } = this.reader;
    return { events: stats.events, error, lines: Int32Array.from(this.hashes), printed: this.printed, stopped, stream };
  }

  private line(text: string): void {
    let hash = this.hash ^ 0x811c9dc5;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    this.hash = hash;
    this.printed++;
  }
}

/** A few fields, a filter, a chisel or the lists of a new capture: which of them is up to the seed. */
function lookAtMore(inspector: Inspector, r: Random, told: Told): void {
  if (r.once(3)) {
    const names = Array.from({ length: 6 }, () => r.pick(r.once(4) ? argumentFields : plainFields));
    const template = `*${names.map((name) => `%${name}`).join(' ')}`;
    const write = r.once(2) ? inspector.compileFormat(template) : inspector.compileValues(template);
    inspector.subscribe({ onEvent: (c) => void write(c) });
  }
  if (r.once(4)) inspector.subscribe({ filter: inspector.compileFilter(r.pick(filters)), onEvent: () => undefined });
  if (r.once(3)) {
    const { name } = r.pick(chisels);
    const host = { ...chiselHost(inspector, undefined, []), append: () => undefined };
    told.ends.push(startChisel(name, host, chiselArgs[name] ?? [], { line: () => undefined, colours: r.once(2) }));
  }
  if (r.once(20)) {
    told.ends.push(() => {
      const { processes, descriptors, users, groups } = snapshot(inspector.state);
      encodeProcesses(processes);
      for (const { tid, entries } of descriptors) encodeDescriptors(tid, entries);
      encodeUsers(users, groups);
    });
  }
}

/** In one piece or in pieces of random lengths. */
function feed(reader: ScapReader, bytes: Uint8Array, r: Random | undefined): void {
  if (r === undefined || !r.once(4)) {
    reader.push(bytes);
    return;
  }
  const most = r.pick([7, 100, 5000, 100_000]);
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + r.below(most);
    reader.push(bytes.subarray(at, end));
    at = end;
  }
}

function inflate(reader: ScapReader, bytes: Uint8Array): void {
  const gzip = new GzipFile((to, at, length, position) => {
    const piece = bytes.subarray(position, position + length);
    to.set(piece, at);
    return piece.length;
  }, FILE);
  try {
    for (;;) {
      const space = reader.space();
      const got = gzip.read(space, 0, space.length);
      reader.commit(got);
      if (got === 0) return;
    }
  } finally {
    gzip.close();
  }
}

async function inflateLater(reader: ScapReader, bytes: Uint8Array): Promise<void> {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  }
  for await (const group of gunzip(pieces(), FILE)) for (const piece of group) reader.push(piece);
}
