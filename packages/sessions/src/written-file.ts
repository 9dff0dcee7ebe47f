/** One file as it was written: from its making or emptying until somebody empties it again. */
import type { FileContent } from './file-content.ts';

/** Why a file may not be whole, as people read it. */
export const incomplete = {
  before: 'what was in it before is not in the capture',
  descriptor: 'written through a descriptor that was opened before or elsewhere',
  copied: 'copied by the kernel from a file that is not in the capture (sendfile, splice, copy_file_range)',
  mapped: 'may have been written through a mapping',
  ring: 'may have been written through io_uring',
  length: 'may have been cut or lengthened by a call whose arguments are not in the capture',
  size: 'written beyond what is put together of a file',
  losses: 'events were lost while it was written',
} as const;

export type Incomplete = keyof typeof incomplete;

export interface Writer {
  readonly pid: number;
  readonly name: string;
}

export class WrittenFile<O = unknown> {
  /** Where it is now, or was last; `memfd:NAME` for one that only lives in memory. */
  path: string;
  /** Names before that one. */
  readonly formerPaths: string[] = [];
  removed = false;
  /** Bytes up to the end of the last one written. */
  size = 0;
  /** Bytes of the writes that the capture does not hold. */
  missing = 0;
  readonly reasons = new Set<Incomplete>();
  readonly content: FileContent;
  /** Who opened it. */
  readonly owner: O;
  readonly writer: Writer;
  /** Numbers of the events that opened it and wrote last. */
  readonly event: number;
  lastEvent: number;
  /** ms since the epoch. */
  readonly time: number;
  lastTime: number;
  /** Descriptors through which it can be written, copies not counted. */
  open = 0;
  /** Written to since it was told last; told at all. */
  changed = false;
  told = false;

  constructor(of: Pick<WrittenFile<O>, 'path' | 'content' | 'owner' | 'writer' | 'event' | 'time'>) {
    this.path = of.path;
    this.content = of.content;
    this.owner = of.owner;
    this.writer = of.writer;
    this.event = of.event;
    this.lastEvent = of.event;
    this.time = of.time;
    this.lastTime = of.time;
  }

  get complete(): boolean {
    return this.missing === 0 && this.reasons.size === 0;
  }

  /** Sentences that say what is missing. */
  get whatIsMissing(): string[] {
    const cut = this.missing === 0 ? [] : [`${this.missing} of its bytes were cut off by the recorder`];
    return [...cut, ...[...this.reasons].map((reason) => incomplete[reason])];
  }
}
