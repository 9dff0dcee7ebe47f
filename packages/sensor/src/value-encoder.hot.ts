/**
 * Writes the values of events from the present record: one operation for each word of the event columns in `calls.ts`
 * (`value-words.ts`). The frequent ones come first.
 */
import type { EventEncoder } from '@waspglass/scap';
import { eventId } from '@waspglass/schema';
import type { EventPlan } from './call-table.ts';
import * as R from './record.gen.ts';
import type { RecordCursor } from './record-cursor.hot.ts';
import * as flag from './scap-flags.hot.ts';
import { putAddress, putSocketTuple } from './sockets.hot.ts';
import { op } from './value-words.ts';

const AF_UNIX = 1;
export const NOT_AVAILABLE = Buffer.from('<NA>');
const PR_SET_NAME = 15;
const FSCONFIG_SET_STRING = 1;
const SO_ERROR = 4;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const SO_COOKIE = 57;

export class ValueEncoder {
  private readonly out: EventEncoder;
  private readonly record: RecordCursor;

  constructor(out: EventEncoder, record: RecordCursor) {
    this.out = out;
    this.record = record;
  }

  event(plan: EventPlan): void {
    const { ops, type } = plan;
    this.record.begin(this.out, type, ops.length);
    for (let i = 0; i < ops.length; i++) this.value(ops[i]!);
    this.out.end();
  }

  /** An event of our own. Not for hot paths. */
  notification(id: string, text: string): void {
    this.record.begin(this.out, eventId.NOTIFICATION_E, 2);
    this.out.str(id);
    this.out.str(text);
    this.out.end();
  }

  ret(): void {
    this.out.u64(this.record.retLow(), this.record.retHigh());
  }

  signed(value: number): void {
    this.out.u64(value, value < 0 ? -1 : 0);
  }

  private value(word: number): void {
    const { out } = this;
    const { view } = this.record;
    const x = (word >> 8) & 255;
    switch (word & 255) {
      case op.RET:
        this.ret();
        return;
      case op.FD:
        this.signed(this.record.arg(x));
        return;
      case op.U32:
        out.u32(this.record.arg(x));
        return;
      case op.U64:
        out.u64(this.record.arg(x), this.record.argHigh(x));
        return;
      case op.U8:
        out.u8of(this.record.arg(x));
        return;
      case op.STR:
        this.text(x);
        return;
      case op.DATA:
        out.bytes(this.record.u8, this.record.partAt[x]!, this.record.partLen[x]!);
        return;
      case op.OUT:
        this.tuple(false);
        return;
      case op.IN:
        this.tuple(true);
        return;
      case op.ADDR:
        putAddress(out, this.record.u8, view, this.record.partAt[2]!, this.record.partLen[2]!);
        return;
      case op.OPEN:
        out.u32(flag.openFlags(this.record.arg(x)));
        return;
      case op.OPENED:
        out.u32(flag.openFlags(this.record.arg(x)) | this.created());
        return;
      case op.MODE:
        out.u32(flag.openMode(this.record.arg(x), this.record.arg(word >> 16)));
        return;
      case op.DEV:
        out.u32(flag.userDevice(view.getUint32(this.record.at + R.RECORD_AUX, true)));
        return;
      case op.INO:
        this.aux(1);
        return;
      case op.AUX:
        this.aux(x);
        return;
      case op.MOVED:
        out.u32(Math.max(0, this.record.moved()));
        return;
      default:
        this.rareValue(word);
    }
  }

  private rareValue(word: number): void {
    const { out } = this;
    const x = (word >> 8) & 255;
    switch (word & 255) {
      case op.ZERO8:
        out.u8of(0);
        return;
      case op.ZERO32:
        out.u32(0);
        return;
      case op.ZERO64:
        out.u64(0, 0);
        return;
      case op.HOW_OPEN:
        out.u32(flag.openFlags(this.record.how(0)));
        return;
      case op.HOW_OPENED:
        out.u32(flag.openFlags(this.record.how(0)) | this.created());
        return;
      case op.HOW_MODE:
        out.u32(flag.openMode(this.record.how(0), this.record.how(8)));
        return;
      case op.HOW_RESOLVE:
        out.u32(flag.resolveFlags(this.record.how(16)));
        return;
      case op.PAIR:
        this.signed(
          this.record.partLen[0] === 8 ? this.record.view.getInt32(this.record.partAt[0]! + 4 * x, true) : -1,
        );
        return;
      case op.CLONE:
        out.u32(flag.cloneFlags(this.record.arg(x)));
        return;
      case op.FCNTL:
        out.u8of(flag.fcntlCommand(this.record.arg(x)));
        return;
      case op.PTRACE:
        out.u16(flag.ptraceRequest(this.record.arg(x)));
        return;
      case op.PRCTL_STR:
        if (this.record.arg(0) === PR_SET_NAME) this.text(0);
        else out.none();
        return;
      case op.PRCTL_INT:
        if (this.record.arg(0) === PR_SET_NAME) out.u64(0, 0);
        else out.u64(this.record.arg(1), this.record.argHigh(1));
        return;
      case op.DYN:
        this.dynamic(0, this.record.arg(x), this.record.argHigh(x));
        return;
      case op.DYNRET:
        this.dynamic(this.record.retLow() < 0 ? 1 : 0, this.record.retLow(), this.record.retLow() < 0 ? -1 : 0);
        return;
      case op.CONVERT8:
        out.u8of(flag.converters[word >> 16]!.convert(this.record.arg(x)));
        return;
      case op.CONVERT16:
        out.u16(flag.converters[word >> 16]!.convert(this.record.arg(x)));
        return;
      case op.CONVERT32:
        out.u32(flag.converters[word >> 16]!.convert(this.record.arg(x)));
        return;
      case op.CONVERTED_PART:
        out.u32(flag.converters[(word >> 16) & 255]!.convert(this.record.partInt(x, 4 * (word >>> 24))));
        return;
      default:
        this.partValue(word, x, (word >> 16) & 255);
    }
  }

  /** Values from structures of the process: `part` and the index of a member in it. */
  private partValue(word: number, part: number, index: number): void {
    const { out } = this;
    switch (word & 255) {
      case op.U16:
        out.u16(this.record.arg(part));
        return;
      case op.RET32:
        out.u32(this.record.retLow());
        return;
      case op.HILO:
        out.u64(this.record.arg(index), this.record.arg(part));
        return;
      case op.PART16:
        out.u16(this.record.partInt(part, 2 * index));
        return;
      case op.PART32:
        out.u32(this.record.partInt(part, 4 * index));
        return;
      case op.PART64:
        out.u64(this.record.partInt(part, 8 * index), this.record.partInt(part, 8 * index + 4));
        return;
      case op.LIMIT:
        if (this.record.partLen[part]! < 8 * index + 8) out.u64(-1, -1);
        else out.u64(this.record.partInt(part, 8 * index), this.record.partInt(part, 8 * index + 4));
        return;
      case op.LIMIT32:
        this.narrowLimit(part, index);
        return;
      case op.TIME:
        out.i64(this.record.partInt(part, 0) * 1e9 + this.record.partInt(part, 8));
        return;
      case op.TIME32:
        out.i64(this.record.partInt(part, 0) * 1e9 + this.record.partInt(part, 4));
        return;
      case op.BEFORE:
        this.before(part);
        return;
      default:
        this.ownValue(word, part, index);
    }
  }

  /** Values that one kind of call has. */
  private ownValue(word: number, x: number, y: number): void {
    const { out } = this;
    const { view } = this.record;
    switch (word & 255) {
      case op.VM:
        out.u32(view.getUint32(this.record.at + R.RECORD_AUX + 4 * x, true));
        return;
      case op.FDS:
        this.pollList(x === 1);
        return;
      case op.SEM:
        this.semaphore(x);
        return;
      case op.LEVEL_NAME:
        out.u8of(flag.optionName(this.record.arg(1), this.record.arg(2)));
        return;
      case op.LEVEL_VALUE:
        this.option();
        return;
      case op.TURNED:
        if (this.record.partLen[x] === 0) out.cstr(NOT_AVAILABLE);
        else out.cstr(this.record.path, 0, this.record.turnPath(x));
        return;
      case op.KEY:
        this.dynamic(0, this.record.arg(x), this.record.argHigh(x));
        return;
      case op.SET_STRING:
        if (this.record.arg(1) === FSCONFIG_SET_STRING) this.text(y);
        else out.none();
        return;
      default:
        out.none();
    }
  }

  /** A 32-bit limit; all ones stand for none. */
  private narrowLimit(part: number, index: number): void {
    const value = this.record.partLen[part]! < 4 * index + 4 ? -1 : this.record.partInt(part, 4 * index);
    this.out.u64(value, value === -1 ? -1 : 0);
  }

  /** A file position that the call has moved on by its result, as it was before. */
  private before(part: number): void {
    const low = this.record.partInt(part, 0) >>> 0;
    const position = this.record.partInt(part, 4) * 4294967296 + low;
    this.out.i64(Math.max(0, position - Math.max(0, this.record.retLow())));
  }

  /** The descriptors of poll: what was asked for, or what came. */
  private pollList(came: boolean): void {
    const { view } = this.record;
    const from = this.record.partAt[0]!;
    const most = this.record.partLen[0]! >> 3;
    const p = this.out.reserve(2 + 10 * most);
    const to = this.out.buffer();
    let n = 0;
    for (let i = 0; i < most; i++) {
      const events = view.getUint16(from + 8 * i + (came ? 6 : 4), true);
      if (came && events === 0) continue;
      const at = p + 2 + 10 * n++;
      const fd = view.getInt32(from + 8 * i, true);
      const bits = flag.pollFlags(events);
      for (let b = 0; b < 8; b++) to[at + b] = b < 4 ? fd >> (8 * b) : fd < 0 ? 255 : 0;
      to[at + 8] = bits;
      to[at + 9] = bits >> 8;
    }
    to[p] = n;
    to[p + 1] = n >> 8;
    this.out.shorten(2 + 10 * n);
  }

  /** Member `i` of the first two operations of semop: number, operation, flags, of each. */
  private semaphore(i: number): void {
    const isThere = i < 3 || this.record.arg(2) > 1;
    const value = isThere ? this.record.partInt(0, 2 * i) & 0xffff : 0;
    this.out.u16(i % 3 === 2 ? flag.semFlags(value) : value);
  }

  /** A socket option's value, of the type that its name says. */
  private option(): void {
    const name = this.record.arg(1) === 1 ? this.record.arg(2) : 0;
    const length = this.record.partLen[0]!;
    if (name === SO_ERROR && length >= 4) {
      // captures have errors below zero
      const error = -this.record.partInt(0, 0);
      this.dynamic(1, error, error < 0 ? -1 : 0);
    } else if ((name === SO_RCVTIMEO || name === SO_SNDTIMEO) && length >= 8) {
      const isNarrow = length < 16;
      const ns = this.record.partInt(0, 0) * 1e9 + this.record.partInt(0, isNarrow ? 4 : 8) * 1000;
      this.dynamic(4, ns | 0, Math.floor(ns / 4294967296));
    } else if (name === SO_COOKIE && length >= 8) this.dynamic(3, this.record.partInt(0, 0), this.record.partInt(0, 4));
    else if (name !== 0 && length === 4) this.dynamicInt(2, this.record.partInt(0, 0));
    else {
      const at = this.out.reserve(1 + length);
      const to = this.out.buffer();
      to[at] = 0;
      for (let i = 0; i < length; i++) to[at + 1 + i] = this.record.u8[this.record.partAt[0]! + i]!;
    }
  }

  /** The flag of a file that the call made. */
  private created(): number {
    const { at, view } = this.record;
    return view.getUint32(at + R.RECORD_AUX + 4, true) === 0 ? 0 : flag.O_F_CREATED;
  }

  private dynamicInt(index: number, value: number): void {
    const at = this.out.reserve(5);
    const u8 = this.out.buffer();
    u8[at] = index;
    for (let i = 0; i < 4; i++) u8[at + 1 + i] = value >> (8 * i);
  }

  private aux(n: number): void {
    const at = this.record.at + R.RECORD_AUX + 8 * n;
    this.out.u64(this.record.view.getUint32(at, true), this.record.view.getUint32(at + 4, true));
  }

  /** A value of a type that it names itself. */
  private dynamic(index: number, low: number, high: number): void {
    const at = this.out.reserve(9);
    const u8 = this.out.buffer();
    u8[at] = index;
    for (let i = 0; i < 4; i++) {
      u8[at + 1 + i] = low >> (8 * i);
      u8[at + 5 + i] = high >> (8 * i);
    }
  }

  /** Text of a part up to its NUL; what could not be read is `<NA>`. */
  text(part: number): void {
    const at = this.record.partAt[part]!;
    const most = this.record.partLen[part]!;
    let n = 0;
    while (n < most && this.record.u8[at + n] !== 0) n++;
    if (most === 0) this.out.cstr(NOT_AVAILABLE);
    else this.out.cstr(this.record.u8, at, n);
  }

  private tuple(inbound: boolean): void {
    if (this.record.partLen[1] !== R.SOCKET_SIZE) this.out.none();
    else {
      const unix = this.record.view.getUint16(this.record.partAt[1]!, true) === AF_UNIX;
      putSocketTuple(
        this.out,
        this.record.u8,
        this.record.view,
        this.record.partAt[1]!,
        this.record.partAt[2]!,
        this.record.partLen[2]!,
        inbound && !unix,
      );
    }
  }
}
