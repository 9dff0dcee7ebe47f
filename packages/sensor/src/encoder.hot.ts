/**
 * Turns the probes' records into event blocks. A system call gives an enter and an exit event with the same time; which
 * and with what parameters is in the plans (`calls.ts`). Nothing is allocated for a record, save the strings of an exec.
 */
import type { EventEncoder } from '@waspglass/scap';
import { eventId } from '@waspglass/schema';
import type { CallPlan, EventPlan } from './call-table.ts';
import { ProcessNames } from './process-names.ts';
import * as R from './record.gen.ts';
import * as flag from './scap-flags.hot.ts';
import { putAddress, putSocketTuple } from './sockets.hot.ts';
import { op } from './value-words.ts';

const AF_UNIX = 1;
const NOT_AVAILABLE = Buffer.from('<NA>');
const CGROUPS = Buffer.from('cpu=/\0');
const MEMFD = Buffer.from('memfd:');
const EXE_WRITABLE = 1;
const EXE_UPPER_LAYER = 2;
const EXE_FROM_MEMFD = 4;
const EXE_LOWER_LAYER = 8;
const CAP_DAC_OVERRIDE = 1 << 1;
const PR_SET_NAME = 15;
const FSCONFIG_SET_STRING = 1;
const SO_ERROR = 4;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const SO_COOKIE = 57;
/** A program's arguments are repeated in every clone: this much of them. */
const MOST_REPEATED = 4096;

export class RecordEncoder {
  readonly names = new ProcessNames();
  /** Records that were not understood: shorter than they say, or of an unknown kind. */
  malformed = 0;
  /** Nanoseconds to add to a record's time, two halves. */
  offsetLow = 0;
  offsetHigh = 0;
  private readonly out: EventEncoder;
  private readonly plans: readonly (CallPlan | undefined)[];
  private readonly compatPlans: readonly (CallPlan | undefined)[];
  private readonly compat: Uint16Array;
  private u8: Uint8Array = new Uint8Array(0);
  private view: DataView = new DataView(new ArrayBuffer(0));
  /** The present record. */
  private at = 0;
  private timeLow = 0;
  private timeHigh = 0;
  private tid = 0;
  private pid = 0;
  private cpu = 0;
  private readonly partAt = new Int32Array(R.PARTS);
  private readonly partLen = new Int32Array(R.PARTS);
  private readonly path = new Uint8Array(8192);

  constructor(
    out: EventEncoder,
    plans: readonly (CallPlan | undefined)[],
    compatPlans: readonly (CallPlan | undefined)[],
    compat: Uint16Array,
  ) {
    this.out = out;
    this.plans = plans;
    this.compatPlans = compatPlans;
    this.compat = compat;
  }

  /** The memory that records lie in. */
  attach(u8: Uint8Array, view: DataView): void {
    this.u8 = u8;
    this.view = view;
  }

  /** One record of `length` bytes at `at`. */
  record(at: number, length: number): void {
    const { view } = this;
    if (length < R.RECORD_SIZE || !this.locateParts(at, length)) {
      this.malformed++;
      return;
    }
    this.at = at;
    const low = view.getUint32(at + R.RECORD_TIME, true) + this.offsetLow;
    this.timeLow = low >>> 0;
    this.timeHigh = view.getUint32(at + R.RECORD_TIME + 4, true) + this.offsetHigh + (low > 0xffffffff ? 1 : 0);
    this.pid = view.getUint32(at + R.RECORD_PID, true);
    this.tid = view.getUint32(at + R.RECORD_TID, true);
    this.cpu = view.getUint32(at + R.RECORD_CPU, true);
    const kind = view.getUint8(at + R.RECORD_KIND);
    if (kind === R.KIND_CALL) this.call(this.plans[view.getUint16(at + R.RECORD_NR, true)]);
    else if (kind === R.KIND_FORK) this.fork();
    else if (kind === R.KIND_EXEC) this.exec();
    else if (kind === R.KIND_EXIT) this.exit();
    else if (kind === R.KIND_COMPAT) this.compatCall();
    else if (kind === R.KIND_SIGNAL) this.signal();
    else if (kind === R.KIND_X32) this.generic(this.plans[view.getUint16(at + R.RECORD_NR, true)]?.code ?? 0);
    else this.malformed++;
  }

  /** An event of our own in the stream. Not for hot paths. */
  notify(id: string, text: string, boot: bigint, tid: number): void {
    const time = boot + (BigInt(this.offsetHigh) << 32n) + BigInt(this.offsetLow);
    this.timeLow = Number(time & 0xffffffffn);
    this.timeHigh = Number(time >> 32n);
    this.tid = tid;
    this.cpu = 0;
    this.notification(id, text);
  }

  private notification(id: string, text: string): void {
    this.begin(eventId.NOTIFICATION_E, 2);
    this.out.str(id);
    this.out.str(text);
    this.out.end();
  }

  private locateParts(at: number, length: number): boolean {
    let p = at + R.RECORD_SIZE;
    for (let i = 0; i < R.PARTS; i++) {
      const n = this.view.getUint32(at + R.RECORD_PART + 4 * i, true);
      this.partAt[i] = p;
      this.partLen[i] = n;
      p += n;
      if (n > length || p > at + length) return false;
    }
    return true;
  }

  private begin(type: number, nparams: number): void {
    this.out.begin(type, this.timeLow, this.timeHigh, this.tid, this.cpu, nparams);
  }

  private compatCall(): void {
    const nr = this.view.getUint16(this.at + R.RECORD_NR, true);
    const plan = this.compatPlans[nr];
    if (plan === undefined) this.generic(this.compat[nr] ?? 0);
    else this.call(plan);
  }

  private call(plan: CallPlan | undefined): void {
    const shape = this.view.getUint8(this.at + R.RECORD_SHAPE);
    if (plan === undefined) this.generic(0);
    else if (shape === R.SHAPE_CLONE) this.clone(plan);
    else if (shape === R.SHAPE_EXECFAIL) this.execFailed(plan);
    else if (plan.exit.type === eventId.GENERIC_X) this.generic(plan.code);
    else {
      if (plan.enter !== undefined) this.event(plan.enter);
      this.event(plan.exit);
    }
  }

  private event(plan: EventPlan): void {
    const { ops } = plan;
    this.begin(plan.type, ops.length);
    for (let i = 0; i < ops.length; i++) this.value(ops[i]!);
    this.out.end();
  }

  private generic(code: number): void {
    const { out } = this;
    const nr = this.view.getUint16(this.at + R.RECORD_NR, true);
    this.begin(eventId.GENERIC_E, 2);
    out.u16(code);
    out.u16(nr);
    out.end();
    this.begin(eventId.GENERIC_X, 2);
    out.u16(code);
    out.u16(nr);
    out.end();
  }

  private arg(n: number): number {
    return this.view.getInt32(this.at + R.RECORD_ARGS + 8 * n, true);
  }

  private argHigh(n: number): number {
    return this.view.getInt32(this.at + R.RECORD_ARGS + 8 * n + 4, true);
  }

  private ret(): void {
    this.out.u64(this.retLow(), this.view.getInt32(this.at + R.RECORD_RET + 4, true));
  }

  private retLow(): number {
    return this.view.getInt32(this.at + R.RECORD_RET, true);
  }

  private signed(value: number): void {
    this.out.u64(value, value < 0 ? -1 : 0);
  }

  /** Bytes that a call moved: the result, or what the probe says when that counts messages. */
  private moved(): number {
    const shape = this.view.getUint8(this.at + R.RECORD_SHAPE);
    return shape === R.SHAPE_MESSAGE ? this.view.getInt32(this.at + R.RECORD_AUX, true) : this.retLow();
  }

  private value(word: number): void {
    const { out, view } = this;
    const x = (word >> 8) & 255;
    switch (word & 255) {
      case op.RET:
        this.ret();
        return;
      case op.FD:
        this.signed(this.arg(x));
        return;
      case op.U32:
        out.u32(this.arg(x));
        return;
      case op.U64:
        out.u64(this.arg(x), this.argHigh(x));
        return;
      case op.U8:
        out.u8of(this.arg(x));
        return;
      case op.STR:
        this.text(x);
        return;
      case op.DATA:
        out.bytes(this.u8, this.partAt[x]!, this.partLen[x]!);
        return;
      case op.OUT:
        this.tuple(false);
        return;
      case op.IN:
        this.tuple(true);
        return;
      case op.ADDR:
        putAddress(out, this.u8, view, this.partAt[2]!, this.partLen[2]!);
        return;
      case op.OPEN:
        out.u32(flag.openFlags(this.arg(x)));
        return;
      case op.MODE:
        out.u32(flag.openMode(this.arg(x), this.arg(word >> 16)));
        return;
      case op.DEV:
        out.u32(flag.userDevice(view.getUint32(this.at + R.RECORD_AUX, true)));
        return;
      case op.INO:
        this.aux(1);
        return;
      case op.AUX:
        this.aux(x);
        return;
      case op.MOVED:
        out.u32(Math.max(0, this.moved()));
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
        out.u32(flag.openFlags(this.how(0)));
        return;
      case op.HOW_MODE:
        out.u32(flag.openMode(this.how(0), this.how(8)));
        return;
      case op.HOW_RESOLVE:
        out.u32(flag.resolveFlags(this.how(16)));
        return;
      case op.PAIR:
        this.signed(this.partLen[0] === 8 ? this.view.getInt32(this.partAt[0]! + 4 * x, true) : -1);
        return;
      case op.CLONE:
        out.u32(flag.cloneFlags(this.arg(x)));
        return;
      case op.FCNTL:
        out.u8of(flag.fcntlCommand(this.arg(x)));
        return;
      case op.PTRACE:
        out.u16(flag.ptraceRequest(this.arg(x)));
        return;
      case op.PRCTL_STR:
        if (this.arg(0) === PR_SET_NAME) this.text(0);
        else out.none();
        return;
      case op.PRCTL_INT:
        if (this.arg(0) === PR_SET_NAME) out.u64(0, 0);
        else out.u64(this.arg(1), this.argHigh(1));
        return;
      case op.DYN:
        this.dynamic(0, this.arg(x), this.argHigh(x));
        return;
      case op.DYNRET:
        this.dynamic(this.retLow() < 0 ? 1 : 0, this.retLow(), this.retLow() < 0 ? -1 : 0);
        return;
      case op.CONVERT8:
        out.u8of(flag.converters[word >> 16]!.convert(this.arg(x)));
        return;
      case op.CONVERT16:
        out.u16(flag.converters[word >> 16]!.convert(this.arg(x)));
        return;
      case op.CONVERT32:
        out.u32(flag.converters[word >> 16]!.convert(this.arg(x)));
        return;
      case op.CONVERTED_PART:
        out.u32(flag.converters[(word >> 16) & 255]!.convert(this.partInt(x, 4 * (word >>> 24))));
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
        out.u16(this.arg(part));
        return;
      case op.RET32:
        out.u32(this.retLow());
        return;
      case op.HILO:
        out.u64(this.arg(index), this.arg(part));
        return;
      case op.PART16:
        out.u16(this.partInt(part, 2 * index));
        return;
      case op.PART32:
        out.u32(this.partInt(part, 4 * index));
        return;
      case op.PART64:
        out.u64(this.partInt(part, 8 * index), this.partInt(part, 8 * index + 4));
        return;
      case op.LIMIT:
        if (this.partLen[part]! < 8 * index + 8) out.u64(-1, -1);
        else out.u64(this.partInt(part, 8 * index), this.partInt(part, 8 * index + 4));
        return;
      case op.LIMIT32:
        this.narrowLimit(part, index);
        return;
      case op.TIME:
        out.i64(this.partInt(part, 0) * 1e9 + this.partInt(part, 8));
        return;
      case op.TIME32:
        out.i64(this.partInt(part, 0) * 1e9 + this.partInt(part, 4));
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
    const { out, view } = this;
    switch (word & 255) {
      case op.VM:
        out.u32(view.getUint32(this.at + R.RECORD_AUX + 4 * x, true));
        return;
      case op.FDS:
        this.pollList(x === 1);
        return;
      case op.SEM:
        this.semaphore(x);
        return;
      case op.LEVEL_NAME:
        out.u8of(flag.optionName(this.arg(1), this.arg(2)));
        return;
      case op.LEVEL_VALUE:
        this.option();
        return;
      case op.TURNED:
        if (this.partLen[x] === 0) out.cstr(NOT_AVAILABLE);
        else out.cstr(this.path, 0, this.turnPath(x));
        return;
      case op.KEY:
        this.dynamic(0, this.arg(x), this.argHigh(x));
        return;
      case op.SET_STRING:
        if (this.arg(1) === FSCONFIG_SET_STRING) this.text(y);
        else out.none();
        return;
      default:
        out.none();
    }
  }

  /** 32 bits of a part; 0 beyond its end. */
  private partInt(part: number, offset: number): number {
    const left = this.partLen[part]! - offset;
    const at = this.partAt[part]! + offset;
    if (left >= 4) return this.view.getInt32(at, true);
    return left >= 2 ? this.view.getUint16(at, true) : 0;
  }

  /** A 32-bit limit; all ones stand for none. */
  private narrowLimit(part: number, index: number): void {
    const value = this.partLen[part]! < 4 * index + 4 ? -1 : this.partInt(part, 4 * index);
    this.out.u64(value, value === -1 ? -1 : 0);
  }

  /** A file position that the call has moved on by its result, as it was before. */
  private before(part: number): void {
    const low = this.partInt(part, 0) >>> 0;
    const position = this.partInt(part, 4) * 4294967296 + low;
    this.out.i64(Math.max(0, position - Math.max(0, this.retLow())));
  }

  /** The descriptors of poll: what was asked for, or what came. */
  private pollList(came: boolean): void {
    const { view } = this;
    const from = this.partAt[0]!;
    const most = this.partLen[0]! >> 3;
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
    const isThere = i < 3 || this.arg(2) > 1;
    const value = isThere ? this.partInt(0, 2 * i) & 0xffff : 0;
    this.out.u16(i % 3 === 2 ? flag.semFlags(value) : value);
  }

  /** A socket option's value, of the type that its name says. */
  private option(): void {
    const name = this.arg(1) === 1 ? this.arg(2) : 0;
    const length = this.partLen[0]!;
    if (name === SO_ERROR && length >= 4) {
      // captures have errors below zero
      const error = -this.partInt(0, 0);
      this.dynamic(1, error, error < 0 ? -1 : 0);
    } else if ((name === SO_RCVTIMEO || name === SO_SNDTIMEO) && length >= 8) {
      const isNarrow = length < 16;
      const ns = this.partInt(0, 0) * 1e9 + this.partInt(0, isNarrow ? 4 : 8) * 1000;
      this.dynamic(4, ns | 0, Math.floor(ns / 4294967296));
    } else if (name === SO_COOKIE && length >= 8) this.dynamic(3, this.partInt(0, 0), this.partInt(0, 4));
    else if (name !== 0 && length === 4) this.dynamicInt(2, this.partInt(0, 0));
    else {
      const at = this.out.reserve(1 + length);
      const to = this.out.buffer();
      to[at] = 0;
      for (let i = 0; i < length; i++) to[at + 1 + i] = this.u8[this.partAt[0]! + i]!;
    }
  }

  private dynamicInt(index: number, value: number): void {
    const at = this.out.reserve(5);
    const u8 = this.out.buffer();
    u8[at] = index;
    for (let i = 0; i < 4; i++) u8[at + 1 + i] = value >> (8 * i);
  }

  private signal(): void {
    this.begin(eventId.SIGNALDELIVER_E, 3);
    this.signed(this.arg(2));
    this.signed(this.pid);
    this.out.u8of(this.arg(0));
    this.out.end();
  }

  private aux(n: number): void {
    const at = this.at + R.RECORD_AUX + 8 * n;
    this.out.u64(this.view.getUint32(at, true), this.view.getUint32(at + 4, true));
  }

  /** A word of openat2's structure, whose copy is part 1. */
  private how(offset: number): number {
    return this.partLen[1]! >= offset + 8 ? this.view.getInt32(this.partAt[1]! + offset, true) : 0;
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
  private text(part: number): void {
    const at = this.partAt[part]!;
    const most = this.partLen[part]!;
    let n = 0;
    while (n < most && this.u8[at + n] !== 0) n++;
    if (most === 0) this.out.cstr(NOT_AVAILABLE);
    else this.out.cstr(this.u8, at, n);
  }

  private tuple(inbound: boolean): void {
    if (this.partLen[1] !== R.SOCKET_SIZE) this.out.none();
    else {
      const unix = this.view.getUint16(this.partAt[1]!, true) === AF_UNIX;
      putSocketTuple(
        this.out,
        this.u8,
        this.view,
        this.partAt[1]!,
        this.partAt[2]!,
        this.partLen[2]!,
        inbound && !unix,
      );
    }
  }

  private fork(): void {
    this.names.inherit(this.arg(0), this.pid);
  }

  private exit(): void {
    const { out } = this;
    const status = this.retLow();
    this.begin(eventId.PROCEXIT_1_E, 4);
    this.signed(status);
    this.signed((status >> 8) & 255);
    out.u8of(status & 127);
    out.u8of((status >> 7) & 1);
    out.end();
    if (this.arg(0) !== 0) this.names.delete(this.pid);
  }

  /** The identity's columns that clone and exec share: thread, process, parent, directory … comm, cgroups. */
  private identity(cwd: Uint8Array, cwdLength: number): void {
    const { out, view } = this;
    const id = this.partAt[0]!;
    this.signed(this.tid);
    this.signed(this.pid);
    this.signed(view.getInt32(id + R.IDENTITY_PTID, true));
    out.cstr(cwd, 0, cwdLength);
    this.copy64(id + R.IDENTITY_FD_LIMIT);
    this.copy64(id + R.IDENTITY_MAJ_FLT);
    this.copy64(id + R.IDENTITY_MIN_FLT);
    out.u32(view.getUint32(id + R.IDENTITY_VM_SIZE, true));
    out.u32(view.getUint32(id + R.IDENTITY_VM_RSS, true));
    out.u32(view.getUint32(id + R.IDENTITY_VM_SWAP, true));
    out.cstr(this.u8, id + R.IDENTITY_COMM, this.commLength(id));
    out.bytes(CGROUPS);
  }

  private commLength(id: number): number {
    let n = 0;
    while (n < 15 && this.u8[id + R.IDENTITY_COMM + n] !== 0) n++;
    return n;
  }

  private copy64(at: number): void {
    this.out.u64(this.view.getUint32(at, true), this.view.getUint32(at + 4, true));
  }

  private copy32(at: number): void {
    this.out.u32(this.view.getUint32(at, true));
  }

  private clone(plan: CallPlan): void {
    const { out, view } = this;
    const id = this.partAt[0]!;
    if (this.partLen[0] !== R.IDENTITY_SIZE) {
      this.malformed++;
      return;
    }
    const names = this.names.of(this.pid);
    const raw = view.getInt32(this.at + R.RECORD_AUX, true);
    const inside = view.getUint32(id + R.IDENTITY_LEVEL, true) > 0;
    // the child never entered the call; readers would take its enter event for a process that they have missed
    if (this.retLow() !== 0 && plan.enter !== undefined) {
      this.begin(plan.enter.type, 0);
      out.end();
    }
    this.begin(plan.exit.type, 20);
    this.ret();
    out.cstr(names.exe);
    out.bytes(names.args, 0, Math.min(names.args.length, MOST_REPEATED));
    this.identity(NOT_AVAILABLE, 0);
    out.u32(flag.cloneFlags(raw) | (inside ? flag.CLONE_CHILD_IN_PIDNS : 0));
    this.copy32(id + R.IDENTITY_EUID);
    this.copy32(id + R.IDENTITY_EGID);
    this.signed(view.getInt32(id + R.IDENTITY_VTID, true));
    this.signed(view.getInt32(id + R.IDENTITY_VPID, true));
    out.end();
  }

  private exec(): void {
    if (this.partLen[0] !== R.IDENTITY_SIZE) {
      this.malformed++;
      return;
    }
    const { out } = this;
    this.learn();
    this.begin(eventId.SYSCALL_EXECVE_19_E, 1);
    this.text(1);
    out.end();
    this.begin(eventId.SYSCALL_EXECVE_19_X, 31);
    out.u64(0, 0);
    const { exe, args } = this.names.of(this.pid);
    out.cstr(exe);
    out.bytes(args);
    this.identity(this.path, this.turnPath(3));
    out.bytes(this.u8, this.partAt[4]!, this.partLen[4]!);
    this.execTail();
    out.end();
    this.noteCut('arguments', 0, 5);
    this.noteCut('environment', 1, 4);
  }

  /** Says behind an exec what of it was too long. */
  private noteCut(what: string, aux: number, part: number): void {
    const high = this.view.getUint32(this.at + R.RECORD_AUX + 8 * aux + 4, true);
    const size = high * 4294967296 + this.view.getUint32(this.at + R.RECORD_AUX + 8 * aux, true);
    const kept = this.partLen[part]!;
    if (size > kept) this.notification('waspglass.cut', `${what} of ${size} bytes cut after ${kept}`);
  }

  /** Columns after the environment. */
  private execTail(): void {
    const { out, view } = this;
    const id = this.partAt[0]!;
    this.copy32(id + R.IDENTITY_TTY);
    this.signed(view.getInt32(id + R.IDENTITY_VPGID, true));
    this.copy32(id + R.IDENTITY_LOGINUID);
    const length = this.turnPath(2);
    out.u32(this.exeFlags(id, length));
    this.copy64(id + R.IDENTITY_CAP_INHERITABLE);
    this.copy64(id + R.IDENTITY_CAP_PERMITTED);
    this.copy64(id + R.IDENTITY_CAP_EFFECTIVE);
    this.copy64(id + R.IDENTITY_EXE_INO);
    this.copy64(id + R.IDENTITY_EXE_CTIME);
    this.copy64(id + R.IDENTITY_EXE_MTIME);
    this.copy32(id + R.IDENTITY_EUID);
    out.cstr(this.path, 0, length);
    this.signed(view.getInt32(id + R.IDENTITY_PGID, true));
    this.copy32(id + R.IDENTITY_EGID);
    this.text(1);
  }

  /** The executable is in `path`. */
  private exeFlags(id: number, length: number): number {
    const { view } = this;
    const layer = view.getUint32(id + R.IDENTITY_EXE_LAYER, true);
    let flags = layer === 1 ? EXE_UPPER_LAYER : layer === 2 ? EXE_LOWER_LAYER : 0;
    if (this.mayWrite(id)) flags |= EXE_WRITABLE;
    if (length >= MEMFD.length && startsWith(this.path, MEMFD)) flags |= EXE_FROM_MEMFD;
    return flags;
  }

  private mayWrite(id: number): boolean {
    const { view } = this;
    if ((view.getUint32(id + R.IDENTITY_CAP_EFFECTIVE, true) & CAP_DAC_OVERRIDE) !== 0) return true;
    const mode = view.getUint32(id + R.IDENTITY_EXE_MODE, true);
    if (view.getUint32(id + R.IDENTITY_EUID, true) === view.getUint32(id + R.IDENTITY_EXE_UID, true))
      return (mode & 0o200) !== 0;
    if (view.getUint32(id + R.IDENTITY_EGID, true) === view.getUint32(id + R.IDENTITY_EXE_GID, true))
      return (mode & 0o020) !== 0;
    return (mode & 0o002) !== 0;
  }

  /** Keeps the strings of the program that was just started. */
  private learn(): void {
    const at = this.partAt[5]!;
    const length = this.partLen[5]!;
    let n = 0;
    while (n < length && this.u8[at + n] !== 0) n++;
    const id = this.partAt[0]! + R.IDENTITY_COMM;
    this.names.set(this.pid, {
      exe: this.u8.slice(at, at + n),
      args: this.u8.slice(Math.min(at + n + 1, at + length), at + length),
      comm: this.u8.slice(id, id + this.commLength(this.partAt[0]!)),
    });
  }

  /** The caller lives on as it was; what it tried is in the arguments. */
  private execFailed(plan: CallPlan): void {
    const { out } = this;
    const at = this.partAt[1]!;
    const length = this.partLen[1]!;
    let n = 0;
    while (n < length && this.u8[at + n] !== 0) n++;
    if (plan.enter !== undefined) this.event(plan.enter);
    this.begin(plan.exit.type, 20);
    this.ret();
    out.cstr(this.u8, at, n);
    out.bytes(this.u8, Math.min(at + n + 1, at + length), Math.max(0, length - n - 1));
    this.signed(this.tid);
    this.signed(this.pid);
    this.signed(0);
    out.cstr(NOT_AVAILABLE, 0, 0);
    for (let i = 0; i < 3; i++) out.u64(0, 0);
    for (let i = 0; i < 3; i++) out.u32(0);
    out.cstr(this.names.of(this.pid).comm);
    out.bytes(CGROUPS);
    out.none();
    out.u32(0);
    out.u64(0, 0);
    out.u32(0xffffffff);
    out.u32(0);
    out.end();
  }

  /** Part `part`, names from the leaf up, as a path in `this.path`; returns its length. */
  private turnPath(part: number): number {
    const from = this.partAt[part]!;
    const { path, u8 } = this;
    let end = this.partAt[part]! + this.partLen[part]!;
    if (end - from > 6 && startsWithAt(u8, from, MEMFD)) return this.memfdPath(from, end);
    let n = 0;
    while (end > from) {
      let start = end - 1;
      while (start > from && u8[start - 1] !== 0) start--;
      path[n++] = 47;
      for (let i = start; i < end - 1 && n < path.length; i++) path[n++] = u8[i]!;
      end = start;
    }
    if (n === 0) path[n++] = 47;
    return n;
  }

  private memfdPath(from: number, end: number): number {
    let n = 0;
    for (let i = from; i < end && this.u8[i] !== 0; i++) this.path[n++] = this.u8[i]!;
    return n;
  }
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return startsWithAt(bytes, 0, prefix);
}

function startsWithAt(bytes: Uint8Array, at: number, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[at + i] !== prefix[i]) return false;
  return true;
}
