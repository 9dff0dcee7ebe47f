/**
 * What is damaged: recorded captures, made smaller so that many mutants can be read in a second (all kinds of lists and
 * the first events are kept), and captures made by hand. For each the places of its blocks and, of the compressed form,
 * two versions: one gzip member and many.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { block, concat } from '@waspglass/scap';
import { framed, madeCapture, processBlocks } from '../../packages/scap/test/made.ts';

const shared = process.env.WASPGLASS_SHARED ?? join(import.meta.dirname, '../../../shared');

export interface Block {
  readonly type: number;
  readonly at: number;
  readonly length: number;
}

export interface Original {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly blocks: readonly Block[];
  /** Where each event's block ends. */
  readonly eventEnds: readonly number[];
  readonly packed: readonly Uint8Array[];
}

const LEAST_PROCESSES = 4;
const MOST_PROCESS_BYTES = 4096;
const DESCRIPTOR_LISTS = 4;

const events: ReadonlySet<number> = new Set([
  block.EVENT,
  block.EVENT_FLAGS,
  block.EVENT_2,
  block.EVENT_FLAGS_2,
  block.EVENT_2_LARGE,
  block.EVENT_FLAGS_2_LARGE,
]);

const recorded = [
  'cat_write.scap',
  'connect_localhost.scap',
  'curl_google.scap',
  'honeypot-small.scap.gz',
  'inspect-502error.scap',
  'libs-sample.scap',
  'open-multiple-files.scap',
  'ping_sendto.scap',
  'psp-run-as-user-0.scap',
  'sf-alpine.scap',
  'sf-rename.scap',
  'sf-tcp-client-server.scap',
  'single_ipv6_conn.scap',
  'syscall.scap',
];

/** Of each capture as many events as fit into about `size` bytes with a part of the lists. */
export function corpus(size: number): Original[] {
  const made = [0, 1, 2, 3, 4].map((first) => original(`made-${first}`, madeCapture(first, 5)));
  const found = recorded.filter((name) => existsSync(join(shared, 'captures', name)));
  return [...made, ...found.map((name) => original(name, smaller(load(name), size)))];
}

function load(name: string): Uint8Array {
  const bytes = readFileSync(join(shared, 'captures', name));
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
}

function original(name: string, bytes: Uint8Array): Original {
  const blocks = blocksOf(bytes);
  const eventEnds = blocks.filter(({ type }) => events.has(type)).map(({ at, length }) => at + length);
  const members: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 4096) members.push(gzipSync(bytes.subarray(at, at + 4096)));
  return { name, bytes, blocks, eventEnds, packed: [Uint8Array.from(gzipSync(bytes)), concat(members)] };
}

function blocksOf(bytes: Uint8Array): Block[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: Block[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    blocks.push({ type: view.getUint32(at, true), at, length });
    at += length;
  }
  return blocks;
}

/** Keeps a part of the lists, of the processes those that the kept events are of. */
function smaller(bytes: Uint8Array, size: number): Uint8Array {
  const blocks = blocksOf(bytes);
  const kept = firstEvents(blocks, size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const threads = new Set(kept.map(({ type, at }) => view.getInt32(at + (withFlags.has(type) ? 22 : 18), true)));
  let lists = 0;
  const head = blocks.filter(({ type }) => {
    if (events.has(type)) return false;
    const isList = type === block.DESCRIPTORS || type === block.DESCRIPTORS_2;
    return !isList || ++lists <= DESCRIPTOR_LISTS;
  });
  return concat([...head, ...kept].map((b) => fewerProcesses(bytes.subarray(b.at, b.at + b.length), threads)));
}

function firstEvents(blocks: readonly Block[], size: number): Block[] {
  let used = 0;
  const all = blocks.filter(({ type }) => events.has(type));
  const end = all.findIndex(({ length }) => {
    used += length;
    return used > size;
  });
  return end < 0 ? all : all.slice(0, end);
}

const withFlags: ReadonlySet<number> = new Set([block.EVENT_FLAGS, block.EVENT_FLAGS_2, block.EVENT_FLAGS_2_LARGE]);

function fewerProcesses(bytes: Uint8Array, threads: ReadonlySet<number>): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = view.getUint32(0, true);
  const version = processBlocks.indexOf(type) + 1;
  if (version === 0) return bytes;
  const entries: Uint8Array[] = [];
  let used = 0;
  for (let at = 8; at + 12 < bytes.length; ) {
    const end = version < 9 ? processEnd(view, at, version) : at + view.getUint32(at, true);
    const tid = view.getInt32(version < 9 ? at : at + 4, true);
    const wanted = threads.has(tid) || entries.length < LEAST_PROCESSES;
    if (wanted && used < MOST_PROCESS_BYTES) {
      entries.push(bytes.subarray(at, end));
      used += end - at;
    }
    at = end;
  }
  return framed(type, concat(entries));
}

/** Where a process entry without a length of its own ends. */
function processEnd(view: DataView, start: number, version: number): number {
  let at = start + 24 + (version >= 6 ? 8 : 0) + (version >= 8 ? 8 : 0);
  const texts = (count: number) => {
    for (let i = 0; i < count; i++) at += 2 + view.getUint16(at, true);
  };
  texts(version >= 7 ? 5 : 4);
  at += 20 + (version >= 2 ? 28 : 0);
  texts(version >= 3 ? 1 : 0);
  at += version >= 4 ? 16 : 0;
  texts(version >= 5 ? 2 : version === 4 ? 1 : 0);
  return at;
}
