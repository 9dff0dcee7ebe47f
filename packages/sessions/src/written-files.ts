/**
 * Puts the files together that the recorded processes wrote: what each descriptor wrote, at its position. A file begins
 * when it is made or emptied, and it is told whenever nobody can write it any more. It says why it may not be whole: data
 * that the recorder cut off, bytes that came another way (mappings, io_uring, copies inside the kernel), what was in it
 * before. Hostile input: every table has a limit.
 */
import type { EventContext } from '@waspglass/fields';
import type { Inspector } from '@waspglass/inspect';
import { eventTypes, syscallByCode } from '@waspglass/schema';
import { F, fdType, T } from '@waspglass/state';
import { data, exitTypes, fdKind, fdName, number, pathOf, pidOf, place, threadText, timeOf } from './event-view.ts';
import type { FileContent } from './file-content.ts';
import { type OpenFile, OpenFiles } from './open-files.ts';
import { type Incomplete, WrittenFile } from './written-file.ts';

/** Bits of flags as captures have them. */
const O_WRITES = 2;
const O_APPEND = 8;
const O_TRUNC = 256;
const O_CLOEXEC = 4096;
const O_TMPFILE = 8192;
const O_F_CREATED = 1 << 14;
const CLONE_THREAD = 1 << 13;
const MAP_SHARED = 1;
const PROT_WRITE = 2;
const F_DUPFD = 1;
const F_DUPFD_CLOEXEC = 26;
/** MFD_CLOEXEC, as the kernel numbers it: captures have it as it was given. */
const MFD_CLOEXEC = 1;
/** Captures have them without their arguments. */
const LENGTH_CALLS: ReadonlySet<string> = new Set(['truncate', 'ftruncate', 'fallocate']);

const MOST_FILES = 100_000;
/** Sparse files can pretend to be of any size. */
const LARGEST = 2 ** 30;
/** No files: nothing is kept there. */
const NOWHERE = /^\/(dev|proc|sys)\//;

export interface WrittenFilesOptions<O> {
  /** Who opens a file, told with it; undefined: nobody whose files are of interest. */
  readonly owner: (c: EventContext) => O | undefined;
  readonly content: () => FileContent;
  /** Nobody can write it any more, for now. */
  readonly onFile: (file: WrittenFile<O>) => void;
}

const NO_FILES: ReadonlySet<number> = new Set([fdType.ipv4, fdType.ipv6, fdType.unix, fdType.pipe]);

type Handler = (c: EventContext) => void;
type Open<O> = OpenFile<WrittenFile<O>>;

export class WrittenFiles<O> {
  /** Files that were not followed because there were too many. */
  refused = 0;
  private readonly options: WrittenFilesOptions<O>;
  private readonly inspector: Inspector;
  private readonly open: OpenFiles<WrittenFile<O>>;
  /** By device and inode, and by path. */
  private readonly byInode = new Map<string, WrittenFile<O>>();
  private readonly byPath = new Map<string, WrittenFile<O>>();
  private readonly unsubscribe: () => void;

  constructor(inspector: Inspector, options: WrittenFilesOptions<O>) {
    this.inspector = inspector;
    this.options = options;
    this.open = new OpenFiles((open) => this.closed(open));
    const handlers = this.handlers();
    this.unsubscribe = inspector.subscribe({
      types: [...handlers.keys()],
      onEvent: (c) => handlers.get(c.typeId)?.(c),
    });
  }

  /** Tells the files that are still open, and stops. */
  finish(): void {
    this.unsubscribe();
    this.open.end();
  }

  private handlers(): Map<number, Handler> {
    const map = new Map<number, Handler>();
    const on = (names: readonly string[], handler: Handler) => {
      for (const type of exitTypes(...names)) map.set(type, handler);
    };
    on(['open', 'openat', 'openat2', 'creat', 'open_by_handle_at'], (c) => this.opened(c));
    on(['memfd_create'], (c) => this.inMemory(c));
    on(['write', 'writev', 'pwrite', 'pwritev'], (c) => this.wrote(c));
    on(['read', 'readv'], (c) => this.read(c));
    on(['lseek', 'llseek'], (c) => this.sought(c));
    on(['dup'], (c) => this.copied(c, false));
    on(['dup2', 'dup3'], (c) => this.copied(c, (number(c, 'flags', 0) & O_CLOEXEC) !== 0));
    on(['fcntl'], (c) => this.control(c));
    on(['close'], (c) => this.open.close(pidOf(c), number(c, 'fd', -1)));
    on(['close_range'], (c) => this.closedRange(c));
    on(['clone', 'clone3', 'fork', 'vfork'], (c) => this.forked(c));
    on(['execve', 'execveat'], (c) => {
      if (number(c, 'res', -1) === 0) this.open.executed(pidOf(c));
    });
    on(['procexit'], (c) => this.ended(c));
    for (const type of idsOfEnter('procexit')) map.set(type, (c) => this.ended(c));
    on(['sendfile'], (c) => this.transferred(c, { to: 'out_fd', from: 'in_fd', at: 'offset' }));
    on(['splice'], (c) => this.note(c, number(c, 'fd_out', -1), 'copied'));
    on(['copy_file_range'], (c) => this.transferred(c, { to: 'fdout', toAt: 'offout', from: 'fdin', at: 'offin' }));
    on(['mmap', 'mmap2'], (c) => this.mapped(c));
    on(['io_uring_enter'], (c) => this.noteAll(c, 'ring'));
    on(['syscall'], (c) => {
      if (LENGTH_CALLS.has(syscallByCode(number(c, 'ID', 0))?.name ?? '')) this.noteAll(c, 'length');
    });
    on(['rename'], (c) => this.renamed(c, pathOf(c, 'oldpath'), pathOf(c, 'newpath')));
    on(['renameat', 'renameat2'], (c) =>
      this.renamed(c, pathOf(c, 'oldpath', 'olddirfd'), pathOf(c, 'newpath', 'newdirfd')),
    );
    on(['unlink'], (c) => this.unlinked(c, pathOf(c, 'path')));
    on(['unlinkat'], (c) => this.unlinked(c, pathOf(c, 'name', 'dirfd')));
    return map;
  }

  private opened(c: EventContext): void {
    const pid = pidOf(c);
    const fd = number(c, 'fd', -1);
    if (fd < 0) return;
    const isMade = place(c.typeId, 'flags') < 0;
    const flags = isMade ? O_WRITES | O_TRUNC : number(c, 'flags', 0);
    this.open.close(pid, fd);
    const path = fdName(c);
    if (path === '' || NOWHERE.test(path)) return;
    const writes = (flags & O_WRITES) !== 0;
    const file = writes ? this.fileOf(c, path, flags) : this.byInode.get(keyOf(c, path));
    if (file === undefined) return;
    const open: Open<O> = { file, position: 0, append: (flags & O_APPEND) !== 0, writes, copies: 0 };
    this.open.put(pid, fd, open, (flags & O_CLOEXEC) !== 0);
  }

  /** The file that an open is about: a new one when it made or emptied it, or when nothing is known of it. */
  private fileOf(c: EventContext, path: string, flags: number): WrittenFile<O> | undefined {
    const key = keyOf(c, path);
    const known = this.byInode.get(key);
    const isNew = (flags & (O_F_CREATED | O_TMPFILE | O_TRUNC)) !== 0;
    // an inode's number is given anew when its file is gone
    if (known !== undefined && !isNew && !(known.removed && known.path !== path)) return this.grown(known);
    const file = this.make(c, path);
    if (file === undefined) return undefined;
    if (!isNew) file.reasons.add('before');
    this.byInode.set(key, file);
    this.byPath.set(path, file);
    return file;
  }

  private grown(file: WrittenFile<O>): WrittenFile<O> {
    file.open++;
    return file;
  }

  private make(c: EventContext, path: string): WrittenFile<O> | undefined {
    const owner = this.options.owner(c);
    if (owner === undefined) return undefined;
    if (this.byInode.size >= MOST_FILES) this.forgetOldest();
    const writer = { pid: pidOf(c), name: threadText(c, c.state.thread, T.comm) };
    const content = this.options.content();
    const event = this.inspector.events;
    return this.grown(new WrittenFile<O>({ path, content, owner, writer, event, time: timeOf(c) }));
  }

  private forgetOldest(): void {
    for (const [key, file] of this.byInode) {
      if (file.open > 0) continue;
      this.byInode.delete(key);
      if (this.byPath.get(file.path) === file) this.byPath.delete(file.path);
      return;
    }
    this.refused++;
  }

  private inMemory(c: EventContext): void {
    const fd = number(c, 'fd', -1);
    if (fd < 0) return;
    const i = place(c.typeId, 'name');
    const at = c.ev.off(i);
    const name = Buffer.from(c.ev.u8.subarray(at, at + Math.max(0, c.ev.len(i))))
      .toString('latin1')
      .replace(/\0$/, '');
    const file = this.make(c, `memfd:${name}`);
    if (file === undefined) return;
    const isClosed = (number(c, 'flags', 0) & MFD_CLOEXEC) !== 0;
    this.open.put(pidOf(c), fd, { file, position: 0, append: false, writes: true, copies: 0 }, isClosed);
  }

  private wrote(c: EventContext): void {
    const moved = number(c, 'res', -1);
    if (moved <= 0) return;
    if (NO_FILES.has(fdKind(c))) {
      // its number was given anew, and the end of the file's descriptor was lost
      this.open.close(pidOf(c), number(c, 'fd', -1));
      return;
    }
    const open = this.open.find(pidOf(c), number(c, 'fd', -1)) ?? this.stray(c);
    if (open === undefined || !open.writes) return;
    const { file } = open;
    const pos = place(c.typeId, 'pos');
    const at = open.append ? file.size : pos < 0 ? open.position : c.ev.i64(pos, 0);
    if (pos < 0) open.position = at + moved;
    this.put(c, file, at, moved);
  }

  /**
   * The kernel copied from one file to another. What it copied is known when the source is a file that was written before.
   * An offset of 0 in the event may also stand for none given: then it is the descriptor's.
   */
  private transferred(c: EventContext, names: { to: string; toAt?: string; from: string; at: string }): void {
    const moved = number(c, 'res', -1);
    if (moved <= 0) return;
    const pid = pidOf(c);
    const target = this.open.find(pid, number(c, names.to, -1));
    const source = this.open.find(pid, number(c, names.from, -1));
    const from = offset(c, names.at) || (source?.position ?? 0);
    const at = (names.toAt === undefined ? 0 : offset(c, names.toAt)) || (target?.position ?? 0);
    if (source !== undefined) source.position = from + moved;
    if (target === undefined || !target.writes) return;
    target.position = at + moved;
    const { file } = target;
    this.touch(c, file);
    file.size = Math.max(file.size, at + moved);
    const isWhole = source?.file.complete === true && from + moved <= source.file.size;
    if (!isWhole || !file.content.copy(at, source.file.content, from, moved)) file.reasons.add('copied');
  }

  private touch(c: EventContext, file: WrittenFile<O>): void {
    file.changed = true;
    file.lastEvent = this.inspector.events;
    file.lastTime = timeOf(c);
  }

  private put(c: EventContext, file: WrittenFile<O>, at: number, moved: number): void {
    const bytes = data(c);
    this.touch(c, file);
    if (at < 0 || at + moved > LARGEST) {
      file.reasons.add('size');
      return;
    }
    file.size = Math.max(file.size, at + moved);
    file.missing += Math.max(0, moved - bytes.length);
    file.content.write(at, bytes.length > moved ? bytes.subarray(0, moved) : bytes);
  }

  /** A descriptor that nothing is known of but what file it leads to. */
  private stray(c: EventContext): Open<O> | undefined {
    const path = fdKind(c) === fdType.file ? fdName(c) : '';
    if (path === '' || NOWHERE.test(path)) return undefined;
    const inode = `${c.fd(F.dev)}:${c.fd(F.ino)}`;
    const key = c.fd(F.ino) === 0 ? path : inode;
    const known = this.byInode.get(key);
    const file = known === undefined ? this.make(c, path) : this.grown(known);
    if (file === undefined) return undefined;
    if (known === undefined) {
      file.reasons.add('before');
      this.byInode.set(key, file);
      this.byPath.set(path, file);
    }
    file.reasons.add('descriptor');
    const open: Open<O> = { file, position: file.size, append: false, writes: true, copies: 0 };
    this.open.put(pidOf(c), number(c, 'fd', -1), open, false);
    return open;
  }

  private read(c: EventContext): void {
    const open = this.open.find(pidOf(c), number(c, 'fd', -1));
    if (open !== undefined) open.position += Math.max(0, number(c, 'res', 0));
  }

  private sought(c: EventContext): void {
    const open = this.open.find(pidOf(c), number(c, 'fd', -1));
    const position = c.ev.i64(place(c.typeId, 'res'), -1);
    if (open !== undefined && position >= 0) open.position = position;
  }

  private copied(c: EventContext, closedByExec: boolean): void {
    const to = number(c, 'res', -1);
    if (to >= 0) this.open.copy(pidOf(c), number(c, 'oldfd', -1), to, closedByExec);
  }

  private control(c: EventContext): void {
    const command = number(c, 'cmd', 0);
    const to = number(c, 'res', -1);
    if (to < 0 || (command !== F_DUPFD && command !== F_DUPFD_CLOEXEC)) return;
    this.open.copy(pidOf(c), number(c, 'fd', -1), to, command === F_DUPFD_CLOEXEC);
  }

  private closedRange(c: EventContext): void {
    if (number(c, 'res', -1) !== 0) return;
    this.open.closeRange(pidOf(c), number(c, 'first', 0) >>> 0, number(c, 'last', 0) >>> 0);
  }

  private forked(c: EventContext): void {
    const child = number(c, 'res', -1);
    if (child < 0 || (number(c, 'flags', 0) & CLONE_THREAD) !== 0) return;
    if (child > 0) this.open.forked(pidOf(c), child);
    else this.open.born(parentOf(c), c.column(T.vtid, 0), pidOf(c));
  }

  private ended(c: EventContext): void {
    if (c.ev.tid === pidOf(c)) this.open.exited(pidOf(c));
  }

  private mapped(c: EventContext): void {
    const isShared = (number(c, 'flags', 0) & MAP_SHARED) !== 0;
    if (isShared && (number(c, 'prot', 0) & PROT_WRITE) !== 0) this.note(c, number(c, 'fd', -1), 'mapped');
  }

  private note(c: EventContext, fd: number, reason: Incomplete): void {
    if (number(c, 'res', -1) <= 0 && reason === 'copied') return;
    const open = this.open.find(pidOf(c), fd);
    if (open === undefined || !open.writes) return;
    open.file.reasons.add(reason);
    open.file.changed = true;
  }

  private noteAll(c: EventContext, reason: Incomplete): void {
    if (reason === 'ring' && number(c, 'res', -1) <= 0) return;
    for (const { file, writes } of this.open.of(pidOf(c))) {
      if (!writes) continue;
      file.reasons.add(reason);
      file.changed = true;
    }
  }

  private renamed(c: EventContext, from: string, to: string): void {
    if (number(c, 'res', -1) !== 0) return;
    this.unlinked(c, to);
    const file = this.byPath.get(from);
    if (file === undefined) return;
    this.byPath.delete(from);
    this.byPath.set(to, file);
    file.formerPaths.push(file.path);
    if (file.formerPaths.length > MOST_NAMES) file.formerPaths.shift();
    file.path = to;
    if (file.open === 0 && file.told) this.options.onFile(file);
  }

  private unlinked(c: EventContext, path: string): void {
    if (number(c, 'res', -1) !== 0) return;
    const file = this.byPath.get(path);
    if (file === undefined) return;
    this.byPath.delete(path);
    file.removed = true;
  }

  private closed({ file, writes }: Open<O>): void {
    if (!writes || --file.open > 0 || !file.changed) return;
    file.changed = false;
    file.told = true;
    this.options.onFile(file);
  }
}

/** Names that are kept of a file that is renamed again and again. */
const MOST_NAMES = 16;

function keyOf(c: EventContext, path: string): string {
  const inode = number(c, 'ino', 0);
  return inode === 0 ? path : `${number(c, 'dev', 0)}:${inode}`;
}

function offset(c: EventContext, name: string): number {
  const i = place(c.typeId, name);
  return i < 0 ? 0 : Math.max(0, c.ev.i64(i, 0));
}

function parentOf(c: EventContext): number {
  const thread = c.column(T.ptid, 0);
  const pid = c.of(c.state.threads.find(thread), T.pid, 0);
  return pid > 0 ? pid : thread;
}

function idsOfEnter(name: string): number[] {
  return eventTypes.filter((type) => type.name === name && type.enter).map(({ id }) => id);
}
