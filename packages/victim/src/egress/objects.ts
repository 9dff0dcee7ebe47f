/**
 * Downloaded objects by their SHA-256: written beside their place, renamed into it when whole or cut, within a limit of
 * bytes each and all together. The directory holds malware: files are for their owner only and never executable.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';

export interface StoredObject {
  readonly sha256: string;
  readonly bytes: number;
  /** The limit was reached: the rest is missing. */
  readonly cut: boolean;
}

export class ObjectStore {
  readonly directory: string;
  /** Bytes of one object, and of all. */
  private readonly most: number;
  private readonly room: number;
  private used = 0;

  constructor(directory: string, most: number, room: number) {
    this.directory = directory;
    this.most = most;
    this.room = room;
    mkdirSync(directory, { recursive: true, mode: 0o750 });
    for (const name of readdirSync(directory)) {
      if (name.endsWith('.part')) rmSync(`${directory}/${name}`);
      else this.used += statSync(`${directory}/${name}`).size;
    }
  }

  begin(): ObjectWriter {
    return new ObjectWriter(this.directory, Math.min(this.most, Math.max(0, this.room - this.used)), (bytes) => {
      this.used += bytes;
    });
  }
}

export class ObjectWriter {
  private readonly directory: string;
  private readonly path: string;
  private readonly limit: number;
  private readonly hash = createHash('sha256');
  private readonly onNew: (bytes: number) => void;
  private descriptor: number;
  private bytes = 0;
  private cut = false;

  constructor(directory: string, limit: number, onNew: (bytes: number) => void) {
    this.directory = directory;
    this.limit = limit;
    this.onNew = onNew;
    this.path = `${directory}/${randomUUID()}.part`;
    this.descriptor = openSync(this.path, 'wx', 0o440);
  }

  /** False when the limit is reached: nothing more may come, and nothing more is passed on. */
  write(chunk: Buffer): boolean {
    if (this.cut || this.descriptor < 0) return false;
    const kept = chunk.subarray(0, this.limit - this.bytes);
    writeSync(this.descriptor, kept);
    this.hash.update(kept);
    this.bytes += kept.length;
    this.cut = kept.length < chunk.length;
    return !this.cut;
  }

  /** The same bytes a second time take no room; undefined for nothing at all, or when it was ended already. */
  end(): StoredObject | undefined {
    if (this.descriptor < 0) return undefined;
    fsyncSync(this.descriptor);
    closeSync(this.descriptor);
    this.descriptor = -1;
    if (this.bytes === 0) {
      rmSync(this.path);
      return undefined;
    }
    const sha256 = this.hash.digest('hex');
    const place = `${this.directory}/${sha256}`;
    if (statSync(place, { throwIfNoEntry: false }) === undefined) this.onNew(this.bytes);
    renameSync(this.path, place);
    return { sha256, bytes: this.bytes, cut: this.cut };
  }
}
