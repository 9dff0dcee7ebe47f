/**
 * Puts a written file together again from the events of a capture: what each descriptor that was opened on its path wrote,
 * at its position. Says when that is not the whole: data cut off, or bytes that came another way (splice, sendfile, a
 * mapping, a position that is not known).
 */
import type { SeenEvent } from './records.ts';

export interface Rebuilt {
  readonly content: Buffer;
  /** Why it is not the whole file; empty when it is. */
  readonly missing: readonly string[];
}

interface Open {
  position: number;
  readonly append: boolean;
}

const O_WRITES = 2;
const O_TRUNC = 256;
const O_APPEND = 8;
const SHARED = 1;

const number = (event: SeenEvent | undefined, name: string) => Number(event?.params[name]?.readBigInt64LE() ?? -1n);
const text = (event: SeenEvent, name: string) => (event.params[name]?.toString('utf8') ?? '').replace(/\0$/, '');

class Rebuilder {
  private readonly name: string;
  private readonly open = new Map<string, Open>();
  private readonly enters = new Map<number, SeenEvent>();
  private readonly missing = new Set<string>();
  private bytes = Buffer.alloc(0);

  constructor(name: string) {
    this.name = name;
  }

  take(event: SeenEvent): void {
    if (event.name.endsWith('_E')) {
      this.enters.set(event.tid, event);
      return;
    }
    const enter = this.enters.get(event.tid);
    const fd = number(enter, 'fd');
    const handler = HANDLERS[event.name];
    handler?.(this, event, enter, `${event.tid}/${fd}`);
  }

  opened(event: SeenEvent): void {
    const fd = number(event, 'fd');
    if (fd < 0) return;
    const flags = event.params.flags?.readUInt32LE() ?? (event.name.includes('CREAT') ? O_WRITES | O_TRUNC : 0);
    this.open.delete(`${event.tid}/${fd}`);
    if (text(event, 'name') !== this.name || (flags & O_WRITES) === 0) return;
    if ((flags & O_TRUNC) !== 0) {
      this.bytes = Buffer.alloc(0);
      this.missing.clear();
    }
    this.open.set(`${event.tid}/${fd}`, { position: 0, append: (flags & O_APPEND) !== 0 });
  }

  closed(key: string): void {
    this.open.delete(key);
  }

  copied(event: SeenEvent, key: string, name: string): void {
    const of = this.open.get(key);
    const fd = number(event, name);
    if (fd < 0) return;
    if (of === undefined) this.open.delete(`${event.tid}/${fd}`);
    else this.open.set(`${event.tid}/${fd}`, of);
  }

  /** A child has its parent's descriptors, with the same positions. */
  born(event: SeenEvent): void {
    if (number(event, 'res') !== 0) return;
    const parent = `${number(event, 'ptid')}/`;
    for (const [key, of] of [...this.open]) {
      if (key.startsWith(parent)) this.open.set(`${event.tid}/${key.slice(parent.length)}`, of);
    }
  }

  wrote(event: SeenEvent, key: string, at: number | undefined): void {
    const of = this.open.get(key);
    const moved = number(event, 'res');
    if (of === undefined || moved <= 0) return;
    const data = event.params.data ?? Buffer.alloc(0);
    if (data.length < moved) this.missing.add(`${moved - data.length} bytes cut off`);
    const from = at ?? (of.append ? this.bytes.length : of.position);
    const end = from + moved;
    if (end > this.bytes.length) this.bytes = Buffer.concat([this.bytes, Buffer.alloc(end - this.bytes.length)]);
    data.copy(this.bytes, from);
    if (at === undefined) of.position = end;
  }

  sought(event: SeenEvent, key: string): void {
    const of = this.open.get(key);
    if (of !== undefined && number(event, 'res') >= 0) of.position = number(event, 'res');
  }

  elsewhere(event: SeenEvent, key: string, how: string): void {
    if (this.open.has(key) && number(event, 'res') > 0) this.missing.add(`written by ${how}`);
  }

  result(): Rebuilt {
    return { content: this.bytes, missing: [...this.missing] };
  }
}

type Handler = (r: Rebuilder, event: SeenEvent, enter: SeenEvent | undefined, key: string) => void;
const opened: Handler = (r, event) => r.opened(event);
const wrote: Handler = (r, event, _, key) => r.wrote(event, key, undefined);
const wroteAt: Handler = (r, event, enter, key) => r.wrote(event, key, number(enter, 'pos'));

const born: Handler = (r, event) => r.born(event);

const HANDLERS: Readonly<Record<string, Handler>> = {
  SYSCALL_CLONE_20_X: born,
  SYSCALL_CLONE3_X: born,
  SYSCALL_FORK_20_X: born,
  SYSCALL_VFORK_20_X: born,
  SYSCALL_OPEN_X: opened,
  SYSCALL_OPENAT_2_X: opened,
  SYSCALL_OPENAT2_X: opened,
  SYSCALL_CREAT_X: opened,
  SYSCALL_CLOSE_X: (r, _, __, key) => r.closed(key),
  SYSCALL_DUP_X: (r, event, _, key) => r.copied(event, key, 'res'),
  SYSCALL_FCNTL_X: (r, event, enter, key) => {
    if (DUPLICATES.has(enter?.params.cmd?.[0] ?? 0)) r.copied(event, key, 'res');
  },
  SYSCALL_WRITE_X: wrote,
  SYSCALL_WRITEV_X: wrote,
  SYSCALL_PWRITE_X: wroteAt,
  SYSCALL_PWRITEV_X: wroteAt,
  SYSCALL_LSEEK_X: (r, event, _, key) => r.sought(event, key),
  SYSCALL_SENDFILE_X: (r, e, enter) => r.elsewhere(e, `${e.tid}/${number(enter, 'out_fd')}`, 'sendfile'),
  SYSCALL_SPLICE_X: (r, e, enter) => r.elsewhere(e, `${e.tid}/${number(enter, 'fd_out')}`, 'splice'),
  SYSCALL_COPY_FILE_RANGE_X: (r, e) => r.elsewhere(e, `${e.tid}/${number(e, 'fdout')}`, 'copy_file_range'),
  SYSCALL_MMAP_X: (r, e, enter, key) => {
    if (((enter?.params.flags?.readUInt32LE() ?? 0) & SHARED) !== 0) r.elsewhere(e, key, 'a mapping');
  },
};

/** F_DUPFD and F_DUPFD_CLOEXEC as captures number them. */
const DUPLICATES = new Set([1, 26]);

/** The file that was written under `name`, as it was given to open. */
export function rebuild(events: readonly SeenEvent[], name: string): Rebuilt {
  const rebuilder = new Rebuilder(name);
  for (const event of events) rebuilder.take(event);
  return rebuilder.result();
}
