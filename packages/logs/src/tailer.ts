/**
 * Follows a log file of the victim from outside. The attacker may rotate, empty, remove or replace it: what was written
 * is read from descriptors that we hold, and nothing but regular files below the root is ever opened (safe-open.ts).
 *
 * Files that the path named before stay open and are still read, the last RETIRED of them: a logger keeps writing to a
 * renamed or removed file until it is told to reopen.
 */
import { closeSync, readdirSync } from 'node:fs';
import { messageOf } from '@waspglass/kit';
import type { FilePosition, LookHandler } from './followed-file.ts';
import { FollowedFile } from './followed-file.ts';
import { noticeChanges } from './notice.ts';
import { identity, openDirectoryBelow, openFileIn, pathComponents } from './safe-open.ts';

const RETIRED = 4;
const POLL_MS = 100;
/** Two looks are at least this far apart, however often the kernel reports a change. */
const HURRY_MS = 10;
/** Directory entries that are searched for a rotated file after a restart. */
const ENTRIES = 4096;

export interface TailedLine {
  readonly text: string;
  /** Offset of the first byte in the file. */
  readonly offset: number;
  /** The path that is followed, as the victim sees it. */
  readonly file: string;
  /** `device:inode` and how often the file was emptied: with the offset, names the line for good. */
  readonly identity: string;
  /** Bytes of the line beyond the limit, left out. */
  readonly cut: number;
}

export interface TailerLoss {
  /** `truncated` and `replaced` lose nothing that we had time to see; `skipped` lost `bytes`; `refused` reads nothing. */
  readonly reason: 'truncated' | 'replaced' | 'removed' | 'refused' | 'skipped' | 'failed';
  readonly file: string;
  readonly bytes: number;
  readonly detail: string;
}

export interface TailerPosition {
  readonly files: readonly (FilePosition & { readonly generation: number })[];
}

export interface TailerOptions {
  /** The path as the victim sees it, absolute. */
  readonly path: string;
  /** Where the victim's root is on the host; nothing above it is reachable. */
  readonly root?: string;
  readonly position?: TailerPosition;
  /** Without a position: read what is there already (default) or start at the end. */
  readonly from?: 'start' | 'end';
  readonly pollMs?: number;
  readonly onLine: (line: TailedLine) => void;
  readonly onLost?: (loss: TailerLoss) => void;
}

interface Followed {
  readonly file: FollowedFile;
  readonly handler: LookHandler;
  generation: number;
}

export class Tailer {
  private readonly options: TailerOptions;
  private readonly root: string;
  private readonly names: readonly string[];
  private current: Followed | undefined;
  private retired: Followed[] = [];
  private endNotices: () => void = () => undefined;
  private watched = '';
  private timer: NodeJS.Timeout | undefined;
  private hurry: NodeJS.Timeout | undefined;
  private state = '';
  private resumed = false;
  readonly stats = { lines: 0, bytesCut: 0, truncated: 0, replaced: 0, skippedBytes: 0, failed: 0 };

  constructor(options: TailerOptions) {
    this.options = options;
    this.root = options.root ?? '/';
    this.names = pathComponents(options.path);
  }

  start(): void {
    if (this.timer !== undefined) return;
    this.look();
    this.timer = setInterval(() => this.look(), this.options.pollMs ?? POLL_MS);
  }

  /** Reads once what is there; `start` does this by itself. */
  look(): void {
    try {
      if (this.lookAll()) this.soon();
    } catch (error) {
      this.stats.failed++;
      this.report('failed', 0, messageOf(error));
    }
  }

  /** Where a later Tailer can go on. */
  get position(): TailerPosition {
    const files = [...this.retired, ...(this.current === undefined ? [] : [this.current])];
    return { files: files.map((f) => ({ ...f.file.position, generation: f.generation })) };
  }

  /** Stops; an unfinished line stays unread (its start is in `position`). */
  stop(): void {
    clearInterval(this.timer);
    clearTimeout(this.hurry);
    this.timer = undefined;
    this.hurry = undefined;
    this.endNotices();
    this.watched = '';
    for (const f of this.retired) closeSync(f.file.fd);
    if (this.current !== undefined) closeSync(this.current.file.fd);
    this.retired = [];
    this.current = undefined;
  }

  private lookAll(): boolean {
    let more = false;
    const directory = openDirectoryBelow(this.root, this.names);
    if (directory.kind === 'open') {
      try {
        this.watchDirectory(directory.fd, identity(directory.stat));
        if (!this.resumed) this.resume(directory.fd);
        for (const f of this.retired) more = f.file.look(f.handler) || more;
        this.follow(directory.fd);
      } finally {
        closeSync(directory.fd);
      }
    } else {
      for (const f of this.retired) more = f.file.look(f.handler) || more;
      this.gone(directory.kind, directory.kind === 'refused' ? directory.reason : 'its directory is missing');
    }
    if (this.current !== undefined) more = this.current.file.look(this.current.handler) || more;
    return more;
  }

  private follow(directory: number): void {
    const opened = openFileIn(directory, this.names.at(-1) ?? '');
    if (opened.kind !== 'open') {
      this.gone(opened.kind, opened.kind === 'refused' ? opened.reason : 'the file is missing');
      return;
    }
    this.state = '';
    const id = identity(opened.stat);
    if (this.current?.file.identity === id) {
      closeSync(opened.fd);
      return;
    }
    this.retire();
    const back = this.retired.findIndex((f) => f.file.identity === id);
    if (back < 0) {
      this.current = this.follower(new FollowedFile(opened.fd));
      return;
    }
    closeSync(opened.fd);
    this.current = this.retired.splice(back, 1)[0];
  }

  private retire(): void {
    const old = this.current;
    if (old === undefined) return;
    old.file.look(old.handler);
    this.current = undefined;
    this.retired.push(old);
    this.stats.replaced++;
    this.report('replaced', 0, 'another file has its name now');
    while (this.retired.length > RETIRED) {
      const oldest = this.retired.shift();
      oldest?.file.look(oldest.handler);
      oldest?.file.close(oldest.handler);
    }
  }

  private gone(kind: 'missing' | 'refused', detail: string): void {
    if (this.state === detail) return;
    this.state = detail;
    if (kind === 'refused') this.report('refused', 0, detail);
    else if (this.current !== undefined) this.report('removed', 0, detail);
  }

  private follower(file: FollowedFile, generation = 0): Followed {
    const { path, onLine } = this.options;
    const followed: Followed = {
      file,
      generation,
      handler: {
        onLine: (line) => {
          this.stats.lines++;
          this.stats.bytesCut += line.cut;
          onLine({ ...line, file: path, identity: `${file.identity}:${followed.generation}` });
        },
        onTruncated: (unread) => {
          followed.generation++;
          this.stats.truncated++;
          this.report('truncated', unread, 'the file was emptied');
        },
        onSkipped: (bytes) => {
          this.stats.skippedBytes += bytes;
          this.report('skipped', bytes, 'the file grew by more than can be read');
        },
      },
    };
    return followed;
  }

  /** After a restart: finds the files that were being read by their identity, renamed or not. */
  private resume(directory: number): void {
    this.resumed = true;
    const base = this.names.at(-1) ?? '';
    const { position, from } = this.options;
    if (position === undefined) {
      if (from === 'end') this.skipToEnd(directory, base);
      return;
    }
    const wanted = new Map(position.files.map((p) => [p.identity, p]));
    for (const name of readdirSync(`/proc/self/fd/${directory}`).slice(0, ENTRIES)) {
      if (!name.startsWith(base) || wanted.size === 0) continue;
      const opened = openFileIn(directory, name);
      if (opened.kind !== 'open') continue;
      const file = new FollowedFile(opened.fd);
      const known = wanted.get(file.identity);
      wanted.delete(file.identity);
      if (known === undefined) closeSync(opened.fd);
      else this.adopt(file, known, name === base);
    }
  }

  private adopt(file: FollowedFile, known: FilePosition & { generation: number }, isCurrent: boolean): void {
    const kept = file.resume(known);
    const followed = this.follower(file, kept ? known.generation : known.generation + 1);
    if (isCurrent) this.current = followed;
    else this.retired.push(followed);
  }

  private skipToEnd(directory: number, base: string): void {
    const opened = openFileIn(directory, base);
    if (opened.kind !== 'open') return;
    const file = new FollowedFile(opened.fd);
    file.resume({ identity: file.identity, offset: opened.stat.size, before: '' });
    this.current = this.follower(file);
  }

  private watchDirectory(fd: number, id: string): void {
    if (this.timer === undefined || this.watched === id) return;
    this.endNotices();
    this.watched = id;
    this.endNotices = noticeChanges(`/proc/self/fd/${fd}`, () => this.soon());
  }

  private soon(): void {
    if (this.timer === undefined) return;
    this.hurry ??= setTimeout(() => {
      this.hurry = undefined;
      this.look();
    }, HURRY_MS);
  }

  private report(reason: TailerLoss['reason'], bytes: number, detail: string): void {
    this.options.onLost?.({ reason, file: this.options.path, bytes, detail });
  }
}
