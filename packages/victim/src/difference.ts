/**
 * What a victim's files have become: every path that was added, changed or deleted against its image, with hashes. Walks
 * only what the overlay's upper layer holds. The tree is an intruder's: no link is followed, nothing but regular files is
 * opened, names are bytes, and depth, number and bytes read are bounded (what a bound left out is counted).
 */
import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, readlink } from 'node:fs/promises';

export type Change = 'added' | 'changed' | 'deleted';

export interface DifferenceEntry {
  /** Inside the victim; bytes that are no UTF-8 as `\xNN`. */
  readonly path: string;
  readonly change: Change;
  readonly type: 'file' | 'directory' | 'link' | 'other';
  readonly mode?: string;
  readonly owner?: string;
  readonly bytes?: number;
  readonly modified?: string;
  /** Of a regular file now; of a deleted one, as it was. */
  readonly sha256?: string;
  /** Of the image's file, when it was changed. */
  readonly was?: string;
  readonly target?: string;
}

export interface Difference {
  readonly entries: readonly DifferenceEntry[];
  /** Files that were too many or too large to be hashed, directories too deep to be entered. */
  readonly leftOut: number;
}

export interface DifferenceOptions {
  /** The overlay's upper layer, the image, and both together. */
  readonly upper: string;
  readonly lower: string;
  readonly merged: string;
  readonly mostEntries?: number;
  /** Bytes that are read for hashes. */
  readonly mostBytes?: number;
}

const MOST_ENTRIES = 100_000;
const MOST_BYTES = 4 * 2 ** 30;
const MOST_DEPTH = 64;
const CHUNK = 1 << 20;

export async function differenceOf(options: DifferenceOptions): Promise<Difference> {
  const walk = new Walk(options);
  await walk.directory(Buffer.from(''), 0);
  return { entries: walk.entries, leftOut: walk.leftOut };
}

/** What came after `baseline`: entries that are not the same there, and those of it that are gone. */
export function since(baseline: readonly DifferenceEntry[], now: readonly DifferenceEntry[]): DifferenceEntry[] {
  const before = new Map(baseline.map((entry) => [entry.path, entry]));
  const paths = new Set(now.map(({ path }) => path));
  const news = now.filter((entry) => {
    const known = before.get(entry.path);
    return known === undefined || JSON.stringify(known) !== JSON.stringify(entry);
  });
  const changed = news.map((entry): DifferenceEntry => {
    const known = before.get(entry.path);
    if (known === undefined || entry.change !== 'added') return entry;
    return { ...entry, change: 'changed', ...(known.sha256 === undefined ? {} : { was: known.sha256 }) };
  });
  const gone = baseline.filter(({ path, change }) => change !== 'deleted' && !paths.has(path));
  return [...changed, ...gone.map((entry): DifferenceEntry => ({ ...entry, change: 'deleted' }))];
}

class Walk {
  readonly entries: DifferenceEntry[] = [];
  leftOut = 0;
  private readonly upper: Buffer;
  private readonly lower: Buffer;
  private readonly merged: Buffer;
  private readonly mostEntries: number;
  private bytesLeft: number;

  constructor(options: DifferenceOptions) {
    this.upper = Buffer.from(options.upper);
    this.lower = Buffer.from(options.lower);
    this.merged = Buffer.from(options.merged);
    this.mostEntries = options.mostEntries ?? MOST_ENTRIES;
    this.bytesLeft = options.mostBytes ?? MOST_BYTES;
  }

  /** One directory of the upper layer; `path` is '' for the root. */
  async directory(path: Buffer, depth: number): Promise<void> {
    const isInImage = (await infoOf(join(this.lower, path)))?.isDirectory() === true;
    if (isInImage) await this.deletedIn(path, depth);
    for (const name of await namesIn(join(this.upper, path))) {
      const inside = Buffer.concat([path, SLASH, name]);
      const info = await infoOf(join(this.upper, inside));
      // A character device 0/0 is the overlay's mark of a deleted name.
      if (info === undefined || (info.isCharacterDevice() && info.rdev === 0n)) continue;
      const old = await infoOf(join(this.lower, inside));
      if (!info.isDirectory() || old === undefined || !sameMeta(info, old)) await this.note(inside, info, old);
      if (info.isDirectory()) await this.enter(inside, depth);
    }
  }

  private async enter(path: Buffer, depth: number): Promise<void> {
    if (depth >= MOST_DEPTH) this.leftOut++;
    else await this.directory(path, depth + 1);
  }

  /** Names that the image has and the victim no longer sees. */
  private async deletedIn(path: Buffer, depth: number): Promise<void> {
    const now = new Set((await namesIn(join(this.merged, path))).map((name) => name.toString('latin1')));
    for (const name of await namesIn(join(this.lower, path))) {
      if (!now.has(name.toString('latin1'))) await this.deleted(Buffer.concat([path, SLASH, name]), depth);
    }
  }

  private async deleted(path: Buffer, depth: number): Promise<void> {
    const info = await infoOf(join(this.lower, path));
    if (info === undefined) return;
    const sha256 = info.isFile() ? await this.hash(join(this.lower, path), info) : undefined;
    this.add({ path: printable(path), change: 'deleted', type: typeOf(info), ...(sha256 && { sha256 }) });
    if (!info.isDirectory() || depth >= MOST_DEPTH) return;
    for (const name of await namesIn(join(this.lower, path))) {
      await this.deleted(Buffer.concat([path, SLASH, name]), depth + 1);
    }
  }

  private async note(path: Buffer, info: BigIntStats, old: BigIntStats | undefined): Promise<void> {
    const file = join(this.upper, path);
    const sha256 = info.isFile() ? await this.hash(file, info) : undefined;
    const was = old?.isFile() === true ? await this.hash(join(this.lower, path), old) : undefined;
    const target = info.isSymbolicLink() ? printable(await readlink(file, { encoding: 'buffer' })) : undefined;
    this.add({
      path: printable(path),
      change: old === undefined ? 'added' : 'changed',
      type: typeOf(info),
      mode: (info.mode & 0o7777n).toString(8).padStart(4, '0'),
      owner: `${info.uid}:${info.gid}`,
      ...(info.isFile() ? { bytes: Number(info.size) } : {}),
      modified: new Date(Number(info.mtimeMs)).toISOString(),
      ...(sha256 && { sha256 }),
      ...(was && { was }),
      ...(target !== undefined && { target }),
    });
  }

  private add(entry: DifferenceEntry): void {
    if (this.entries.length < this.mostEntries) this.entries.push(entry);
    else this.leftOut++;
  }

  /** undefined when the budget has no room for it, or when it became something else meanwhile. */
  private async hash(file: Buffer, info: BigIntStats): Promise<string | undefined> {
    if (this.entries.length >= this.mostEntries || info.size > BigInt(this.bytesLeft)) {
      this.leftOut++;
      return undefined;
    }
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOATIME } = constants;
    const handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOATIME).catch(() => undefined);
    if (handle === undefined) return undefined;
    try {
      return (await handle.stat()).isFile() ? await this.read(handle) : undefined;
    } finally {
      await handle.close();
    }
  }

  private async read(handle: FileHandle): Promise<string> {
    const hash = createHash('sha256');
    const chunk = Buffer.alloc(CHUNK);
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK, null);
      if (bytesRead === 0 || this.bytesLeft <= 0) return hash.digest('hex');
      this.bytesLeft -= bytesRead;
      hash.update(chunk.subarray(0, bytesRead));
    }
  }
}

const SLASH = Buffer.from('/');
const join = (root: Buffer, path: Buffer): Buffer => Buffer.concat([root, path]);

async function namesIn(directory: Buffer): Promise<Buffer[]> {
  const names = await readdir(directory, { encoding: 'buffer' }).catch(() => [] as Buffer[]);
  return names.sort(Buffer.compare);
}

function infoOf(path: Buffer): Promise<BigIntStats | undefined> {
  return lstat(path, { bigint: true }).catch(() => undefined);
}

function sameMeta(a: BigIntStats, b: BigIntStats): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
}

function typeOf(info: BigIntStats): DifferenceEntry['type'] {
  if (info.isFile()) return 'file';
  if (info.isDirectory()) return 'directory';
  return info.isSymbolicLink() ? 'link' : 'other';
}

/** UTF-8 as it is, but for control characters, backslashes and what is no UTF-8. */
function printable(path: Buffer): string {
  const text = path.toString('utf8');
  const isText = Buffer.from(text).equals(path) && !/[\p{Cc}\\]/u.test(text);
  if (isText) return text;
  return [...path]
    .map((byte) => (byte >= 32 && byte < 127 && byte !== 92 ? String.fromCharCode(byte) : hex(byte)))
    .join('');
}

const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;
