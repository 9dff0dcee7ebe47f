/**
 * Buffers that come back: chunks pass between threads hundreds of times a second, and what is left to the garbage collector
 * stays in memory until that runs. Holds a few; what is too many or too large is let go.
 */
export class BufferPool {
  private readonly spare: ArrayBuffer[] = [];
  private readonly least: number;
  private readonly most: number;
  private readonly largest: number;

  /** Buffers have at least `least` bytes; at most `most` of them, none larger than `largest`, are kept. */
  constructor({ least, most, largest }: { readonly least: number; readonly most: number; readonly largest: number }) {
    this.least = least;
    this.most = most;
    this.largest = largest;
  }

  /** A buffer of at least `bytes`; what it holds is old. */
  take(bytes: number): ArrayBuffer {
    const { spare } = this;
    for (let i = spare.length - 1; i >= 0; i--) {
      const buffer = spare[i];
      if (buffer === undefined || buffer.byteLength < bytes) continue;
      spare.splice(i, 1);
      return buffer;
    }
    return new ArrayBuffer(Math.max(bytes, this.least));
  }

  give(buffer: ArrayBuffer): void {
    const { byteLength } = buffer;
    if (this.spare.length >= this.most || byteLength < this.least || byteLength > this.largest) return;
    this.spare.push(buffer);
  }
}
