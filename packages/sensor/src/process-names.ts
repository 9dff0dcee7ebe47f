/**
 * What the encoder must know of each process beyond its records: the strings that a clone event repeats. Seeded from
 * /proc, inherited at fork, replaced at exec. Bounded: the oldest entry goes first.
 */
export interface Names {
  readonly exe: Uint8Array;
  /** Arguments after the first, each with its NUL. */
  readonly args: Uint8Array;
  readonly comm: Uint8Array;
}

const EMPTY = new Uint8Array(0);
const UNKNOWN: Names = { exe: Buffer.from('<NA>'), args: EMPTY, comm: Buffer.from('<NA>') };
const MOST = 65_536;

export class ProcessNames {
  private readonly byPid = new Map<number, Names>();

  get size(): number {
    return this.byPid.size;
  }

  of(pid: number): Names {
    return this.byPid.get(pid) ?? UNKNOWN;
  }

  set(pid: number, names: Names): void {
    if (this.byPid.size >= MOST && !this.byPid.has(pid)) {
      const oldest = this.byPid.keys().next();
      if (!oldest.done) this.byPid.delete(oldest.value);
    }
    this.byPid.set(pid, names);
  }

  inherit(child: number, parent: number): void {
    if (child !== parent) this.set(child, this.of(parent));
  }

  delete(pid: number): void {
    this.byPid.delete(pid);
  }
}
