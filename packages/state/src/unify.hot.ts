/**
 * Builds today's form of an old exit event from it and the enter event before it (see dialect.ts), in a buffer of its
 * own. Offsets and lengths in both events have been checked by the reader.
 */
import { EventCursor } from '@waspglass/scap';
import { type Conversion, conversions, EMPTY, FROM_ENTER } from '@waspglass/schema';
import { copyBytes } from './pending.hot.ts';

const HEADER = 26;
const LEN = 4;

export class Unifier {
  private cursor = new EventCursor(new ArrayBuffer(1 << 17));

  /** The event in today's form; valid until the next call. `enter` is null when there was none. */
  build(exit: EventCursor, enter: EventCursor | null): EventCursor {
    const conversion = conversions[exit.type]!;
    const room = HEADER + LEN * conversion.sources.length + (exit.end - exit.params) + 8 * conversion.sources.length;
    this.reserve(room + (enter === null ? 0 : enter.end - enter.params));
    const c = this.cursor;
    c.num = exit.num;
    c.cpu = exit.cpu;
    c.tid = exit.tid;
    c.flags = exit.flags;
    c.type = conversion.target;
    c.nparams = conversion.sources.length;
    c.lens = HEADER;
    c.lenSize = LEN;
    c.params = HEADER + LEN * c.nparams;
    copyBytes(exit, exit.at, c, 0, 20);
    c.end = this.fill(c, exit, enter, conversion);
    return c;
  }

  private fill(c: EventCursor, exit: EventCursor, enter: EventCursor | null, conversion: Conversion): number {
    const { sources, defaults } = conversion;
    let p = c.params;
    let i = 0;
    // An event that keeps its type has its own parameters first, as they are.
    if (conversion.target === exit.type) {
      for (const count = Math.min(exit.nparams, sources.length); i < count; i++) {
        const length = exit.len(i);
        c.view.setUint32(HEADER + LEN * i, length, true);
        p += length;
      }
      copyBytes(exit, exit.params, c, c.params, p - c.params);
    }
    for (; i < sources.length; i++) {
      const source = sources[i]!;
      let length = 0;
      if (source < FROM_ENTER) length = source < exit.nparams ? copyParam(exit, source, c, p) : 0;
      else if (source !== EMPTY) {
        if (enter !== null && source - FROM_ENTER < enter.nparams) length = copyParam(enter, source - FROM_ENTER, c, p);
        else {
          length = defaults[i]!;
          c.u8.fill(0, p, p + length);
        }
      }
      c.view.setUint32(HEADER + LEN * i, length, true);
      p += length;
    }
    return p;
  }

  private reserve(bytes: number): void {
    if (bytes <= this.cursor.u8.length) return;
    let size = this.cursor.u8.length;
    while (size < bytes) size *= 2;
    this.cursor = new EventCursor(new ArrayBuffer(size));
  }
}

function copyParam(from: EventCursor, i: number, to: EventCursor, at: number): number {
  const length = from.len(i);
  if (length > 0) copyBytes(from, from.off(i), to, at, length);
  return length;
}
