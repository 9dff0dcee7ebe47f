/**
 * Damages a capture in the ways that captures get damaged (a transfer in text mode, a cut, bits that flip, lost and doubled
 * blocks) and in the ways that attackers try (lengths, counts and types that lie). What comes out depends on the seed
 * only.
 */
import { block, concat } from '@waspglass/scap';
import type { Block, Original } from './corpus.ts';
import type { Random } from './random.ts';

export interface Mutant {
  readonly bytes: Uint8Array;
  /** The bytes are a gzip stream. */
  readonly packed: boolean;
  /** As many uncompressed bytes at the start are as they were. */
  readonly intact: number;
  readonly what: string;
}

type Mutate = (r: Random, bytes: Uint8Array, original: Original) => Uint8Array;

/** Applied to bytes whose blocks may already have moved: places are taken from the original, reads are safe anywhere. */
const mutators: Readonly<Record<string, Mutate>> = {
  bits: (r, bytes) => each(r, 8, () => flip(bytes, r.below(bytes.length), 1 << r.below(8)), bytes),
  bytes: (r, bytes) => each(r, 20, () => put(bytes, r.below(bytes.length), r.once(2) ? 0xff : r.next(), 1), bytes),
  numbers: (r, bytes) => each(r, 6, () => put(bytes, r.below(bytes.length), r.hostile(), r.pick([1, 2, 4])), bytes),
  blockLength: (r, bytes, { blocks }) => {
    const { at, length } = r.pick(blocks);
    const value = lying(r, length);
    put(bytes, at + 4, value, 4);
    if (r.once(2)) put(bytes, at + value - 4, value, 4);
    return bytes;
  },
  trailer: (r, bytes, { blocks }) => {
    const { at, length } = r.pick(blocks);
    return put(bytes, at + length - 4, lying(r, length), 4);
  },
  blockType: (r, bytes, { blocks }) => each(r, 3, () => put(bytes, r.pick(blocks).at, someBlockType(r), 4), bytes),
  eventHead: (r, bytes, original) => each(r, 4, () => lieInHead(r, bytes, someEvent(r, original)), bytes),
  parameterLengths: (r, bytes, original) =>
    each(
      r,
      5,
      () => {
        const { at, length } = someEvent(r, original);
        put(bytes, at + headOf(bytes, at) + 26 + 2 * r.below(10), lying(r, Math.min(length, 200)), r.pick([2, 4]));
      },
      bytes,
    ),
  parameters: (r, bytes, original) =>
    each(
      r,
      12,
      () => {
        const { at, length } = someEvent(r, original);
        put(bytes, at + 38 + r.below(length - 38), r.hostile(), r.pick([1, 2, 4]));
      },
      bytes,
    ),
  eventTypes: (r, bytes, original) =>
    each(
      r,
      20,
      () => {
        const { at } = someEvent(r, original);
        put(bytes, at + headOf(bytes, at) + 20, r.once(10) ? r.next() : r.below(460), 2);
      },
      bytes,
    ),
  threads: (r, bytes, original) =>
    each(
      r,
      20,
      () => {
        const { at } = someEvent(r, original);
        const other = someEvent(r, original);
        const from = other.at + headOf(bytes, other.at) + 8;
        put(bytes, at + headOf(bytes, at) + 8, r.once(3) ? r.hostile() : readNumber(bytes, from), 4);
      },
      bytes,
    ),
  times: (r, bytes, original) =>
    each(
      r,
      10,
      () => {
        const { at } = someEvent(r, original);
        put(bytes, at + headOf(bytes, at) + r.pick([0, 4]), r.hostile(), 4);
      },
      bytes,
    ),
  lists: (r, bytes, { blocks }) =>
    each(
      r,
      6,
      () => {
        const { at, length } = r.pick(blocks.slice(0, 12));
        put(bytes, at + 8 + r.below(length - 12), r.hostile(), r.pick([1, 2, 4]));
      },
      bytes,
    ),
  textMode: (r, bytes) => replaceEach(bytes, r.once(2) ? [10] : [13, 10], r.once(2) ? [13, 10] : [10], r),
  cut: (r, bytes) => bytes.subarray(0, 4 * r.below(bytes.length >> 2)),
  cutAnywhere: (r, bytes) => bytes.subarray(0, r.below(bytes.length)),
  loseBytes: (r, bytes) => without(bytes, r.below(bytes.length), 1 + r.below(r.pick([4, 64, 4096]))),
  addBytes: (r, bytes) => {
    const at = r.below(bytes.length);
    const more = Uint8Array.from({ length: 1 + r.below(r.pick([4, 64, 4096])) }, () => r.next());
    return concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
  },
  swapBlocks: (r, bytes, { blocks }) => reorder(r, bytes, blocks, (a, b) => [b, a]),
  doubleBlock: (r, bytes, { blocks }) => reorder(r, bytes, blocks, (a) => [a, a]),
  loseBlock: (r, bytes, { blocks }) => reorder(r, bytes, blocks, () => []),
  twice: (_, bytes) => concat([bytes, bytes]),
  shuffle: (r, bytes, { blocks }) => {
    const parts = blocks.map(({ at, length }) => bytes.subarray(at, at + length));
    const from = r.below(parts.length);
    for (let i = from; i < Math.min(parts.length, from + 100); i++) {
      const other = from + r.below(Math.min(100, parts.length - from));
      [parts[i], parts[other]] = [parts[other] ?? bytes, parts[i] ?? bytes];
    }
    return concat(parts);
  },
};

const packedMutators: Readonly<Record<string, Mutate>> = {
  packedBits: (r, bytes) => each(r, 4, () => flip(bytes, r.below(bytes.length), 1 << r.below(8)), bytes),
  packedCut: (r, bytes) => bytes.subarray(0, r.below(bytes.length)),
  packedLose: (r, bytes) => without(bytes, r.below(bytes.length), 1 + r.below(64)),
  packedTextMode: (r, bytes) => replaceEach(bytes, [10], [13, 10], r),
  packedTwice: (_, bytes) => concat([bytes, bytes]),
  packedGarbage: (r, bytes) => concat([bytes, Uint8Array.from({ length: r.below(100) }, () => r.next())]),
};

const plainNames = Object.keys(mutators);
const packedNames = Object.keys(packedMutators);
/** Of the mutants, one in so many is compressed: those take longer. */
const PACKED_SHARE = 10;

export function mutant(r: Random, original: Original): Mutant {
  if (r.once(PACKED_SHARE)) {
    const whole = r.pick(original.packed);
    const name = r.pick(packedNames);
    const bytes = packedMutators[name]?.(r, whole.slice(), original) ?? whole;
    return { bytes, packed: true, intact: sameBytes(whole, bytes), what: name };
  }
  let bytes = original.bytes.slice();
  const what: string[] = [];
  for (let n = r.once(3) ? 1 + r.below(4) : 1; n > 0; n--) {
    const name = r.pick(plainNames);
    what.push(name);
    bytes = Uint8Array.from(mutators[name]?.(r, bytes, original) ?? bytes);
  }
  return { bytes, packed: false, intact: sameBytes(original.bytes, bytes), what: what.join(' ') };
}

function sameBytes(a: Uint8Array, b: Uint8Array): number {
  const end = Math.min(a.length, b.length);
  let i = 0;
  while (i < end && a[i] === b[i]) i++;
  return i;
}

function each(r: Random, most: number, change: () => void, bytes: Uint8Array): Uint8Array {
  for (let n = 1 + r.below(most); n > 0; n--) change();
  return bytes;
}

/** Writes what fits. */
function put(bytes: Uint8Array, at: number, value: number, size: number): Uint8Array {
  for (let i = 0; i < size; i++) if (at + i >= 0 && at + i < bytes.length) bytes[at + i] = value >>> (8 * i);
  return bytes;
}

function flip(bytes: Uint8Array, at: number, bit: number): void {
  put(bytes, at, (bytes[at] ?? 0) ^ bit, 1);
}

function readNumber(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

/** A number near the right one, or any. */
function lying(r: Random, right: number): number {
  if (r.once(2)) return r.hostile();
  return right + r.pick([-64, -16, -8, -4, -3, -2, -1, 1, 2, 3, 4, 8, 12, 16, 64, 256, 4096]);
}

function someBlockType(r: Random): number {
  if (r.once(4)) return r.hostile();
  if (r.once(3)) return 0x8000abcd + (r.below(21) << 16);
  return r.pick(Object.values(block));
}

function someEvent(r: Random, { blocks, eventEnds }: Original): Block {
  const first = blocks.length - eventEnds.length;
  return blocks[first + r.below(eventEnds.length)] ?? r.pick(blocks);
}

/** Offset of an event's time in its block. */
function headOf(bytes: Uint8Array, at: number): number {
  const type = readNumber(bytes, at);
  const flags = type === block.EVENT_FLAGS || type === block.EVENT_FLAGS_2 || type === block.EVENT_FLAGS_2_LARGE;
  return flags ? 14 : 10;
}

function lieInHead(r: Random, bytes: Uint8Array, { at, length }: Block): void {
  const head = at + headOf(bytes, at);
  const part = r.below(3);
  if (part === 0) put(bytes, head + 16, lying(r, length - 24), 4);
  else if (part === 1) put(bytes, head + 22, lying(r, 4), 4);
  else put(bytes, head + 20, r.hostile(), 2);
}

/** Everywhere, or from some place on. */
function replaceEach(bytes: Uint8Array, old: readonly number[], now: readonly number[], r: Random): Uint8Array {
  const from = r.once(2) ? 0 : r.below(bytes.length);
  const out: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    if (i >= from && old.every((value, k) => bytes[i + k] === value)) {
      out.push(...now);
      i += old.length - 1;
    } else out.push(bytes[i] ?? 0);
  }
  return Uint8Array.from(out);
}

function without(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
}

/** Puts something else in the place of two neighbouring blocks or of one. */
function reorder(
  r: Random,
  bytes: Uint8Array,
  blocks: readonly Block[],
  change: (a: Uint8Array, b: Uint8Array) => Uint8Array[],
): Uint8Array {
  const i = r.below(blocks.length - 1);
  const a = blocks[i];
  const b = blocks[i + 1];
  if (a === undefined || b === undefined) return bytes;
  const two = change.length === 2;
  const end = two ? b.at + b.length : b.at;
  const changed = change(bytes.subarray(a.at, b.at), bytes.subarray(b.at, b.at + b.length));
  return concat([bytes.subarray(0, a.at), ...changed, bytes.subarray(end)]);
}
