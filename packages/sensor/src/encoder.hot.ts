/**
 * Turns the probes' records into event blocks. A system call gives an enter and an exit event with the same time, in the
 * current dialect an exit event alone; which and with what parameters is in the plans (`calls.ts`). Nothing is allocated for a record, save the strings of an exec.
 */
import type { EventEncoder } from '@waspglass/scap';
import { type Arch, eventId } from '@waspglass/schema';
import { type CallPlan, callPlans, compatCodes, type Dialect } from './call-table.ts';
import { encodeMove, encodeMoveOnce } from './move-encoder.hot.ts';
import { ProcessNames } from './process-names.ts';
import { ProgramEncoder } from './program-encoder.hot.ts';
import * as R from './record.gen.ts';
import { RecordCursor } from './record-cursor.hot.ts';
import { ValueEncoder } from './value-encoder.hot.ts';

export class RecordEncoder {
  readonly names = new ProcessNames();
  /** Records that were not understood: shorter than they say, or of an unknown kind. */
  malformed = 0;
  private readonly out: EventEncoder;
  private readonly cursor = new RecordCursor();
  private readonly values: ValueEncoder;
  private readonly programs: ProgramEncoder;
  private readonly plans: readonly (CallPlan | undefined)[];
  private readonly compatPlans: readonly (CallPlan | undefined)[];
  private readonly compat: Uint16Array;

  private readonly dialect: Dialect;

  constructor(out: EventEncoder, arch: Arch, dialect: Dialect) {
    this.out = out;
    this.dialect = dialect;
    this.values = new ValueEncoder(out, this.cursor);
    this.programs = new ProgramEncoder(out, this.cursor, this.values, this.names, dialect);
    this.plans = callPlans(arch, dialect);
    this.compatPlans = arch === 'x86_64' ? callPlans('i386', dialect) : [];
    this.compat = compatCodes(dialect);
  }

  /** The memory that records lie in. */
  attach(u8: Uint8Array, view: DataView): void {
    this.cursor.attach(u8, view);
  }

  /** Nanoseconds to add to a record's time. */
  setOffset(offset: bigint): void {
    this.cursor.offsetLow = Number(BigInt.asUintN(32, offset));
    this.cursor.offsetHigh = Number(offset >> 32n);
  }

  /** One record of `length` bytes at `at`. */
  record(at: number, length: number): void {
    const { cursor } = this;
    if (!cursor.locate(at, length)) this.malformed++;
    else if (cursor.kind === R.KIND_MOVE) this.move(this.plans[cursor.nr]);
    else if (cursor.kind === R.KIND_CALL) this.call(this.plans[cursor.nr]);
    else this.rare(cursor.kind);
  }

  /** An event of our own in the stream; `boot`: the clock of the records. Not for hot paths. */
  notify(id: string, text: string, boot: bigint, tid: number): void {
    const { cursor } = this;
    const time = boot + (BigInt(cursor.offsetHigh) << 32n) + BigInt(cursor.offsetLow);
    cursor.timeLow = Number(time & 0xffffffffn);
    cursor.timeHigh = Number(time >> 32n);
    cursor.tid = tid;
    cursor.cpu = 0;
    this.values.notification(id, text);
  }

  private move(plan: CallPlan | undefined): void {
    if (plan === undefined) this.malformed++;
    else if (plan.enter === undefined) encodeMoveOnce(this.out, this.cursor, plan.exit.type);
    else encodeMove(this.out, this.cursor, plan.enter.type, plan.exit.type);
  }

  private rare(kind: number): void {
    const { nr } = this.cursor;
    if (kind === R.KIND_FORK) this.fork();
    else if (kind === R.KIND_EXEC) this.check(this.programs.exec());
    else if (kind === R.KIND_EXIT) this.exit();
    else if (kind === R.KIND_COMPAT) this.compatCall(nr);
    else if (kind === R.KIND_SIGNAL) this.signal();
    else if (kind === R.KIND_X32) this.generic(this.plans[nr]?.code ?? 0);
    else this.malformed++;
  }

  private check(isWellFormed: boolean): void {
    if (!isWellFormed) this.malformed++;
  }

  private compatCall(nr: number): void {
    const plan = this.compatPlans[nr];
    if (plan === undefined) this.generic(this.compat[nr] ?? 0);
    else this.call(plan);
  }

  private call(plan: CallPlan | undefined): void {
    const { shape } = this.cursor;
    if (plan === undefined) this.generic(0);
    else if (shape === R.SHAPE_CLONE) this.check(this.programs.clone(plan));
    else if (shape === R.SHAPE_EXECFAIL) this.programs.execFailed(plan);
    else if (plan.exit.type === eventId.GENERIC_X) this.generic(plan.code);
    else {
      if (plan.enter !== undefined) this.values.event(plan.enter);
      this.values.event(plan.exit);
    }
  }

  private generic(code: number): void {
    const { cursor, out } = this;
    if (this.dialect === 'classic') {
      cursor.begin(out, eventId.GENERIC_E, 2);
      out.u16(code);
      out.u16(cursor.nr);
      out.end();
    }
    cursor.begin(out, eventId.GENERIC_X, 2);
    out.u16(code);
    out.u16(cursor.nr);
    out.end();
  }

  private signal(): void {
    const { cursor, out } = this;
    cursor.begin(out, eventId.SIGNALDELIVER_E, 3);
    this.values.signed(cursor.arg(2));
    this.values.signed(cursor.pid);
    out.u8of(cursor.arg(0));
    out.end();
  }

  private fork(): void {
    this.names.inherit(this.cursor.arg(0), this.cursor.pid);
  }

  private exit(): void {
    const { cursor, out } = this;
    const status = cursor.retLow();
    cursor.begin(out, eventId.PROCEXIT_1_E, 4);
    this.values.signed(status);
    this.values.signed((status >> 8) & 255);
    out.u8of(status & 127);
    out.u8of((status >> 7) & 1);
    out.end();
    if (cursor.arg(0) !== 0) this.names.delete(cursor.pid);
  }
}
