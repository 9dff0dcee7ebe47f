/**
 * Events of programs: clone and exec with the process's identity, execs that failed, and the strings that a process's
 * later clones repeat.
 */
import type { EventEncoder } from '@waspglass/scap';
import { eventId, eventTypes } from '@waspglass/schema';
import type { CallPlan, Dialect } from './call-table.ts';
import type { ProcessNames } from './process-names.ts';
import * as R from './record.gen.ts';
import { type RecordCursor, startsWithAt } from './record-cursor.hot.ts';
import * as flag from './scap-flags.hot.ts';
import { NOT_AVAILABLE, type ValueEncoder } from './value-encoder.hot.ts';

const CGROUPS = Buffer.from('cpu=/\0');
const MEMFD = Buffer.from('memfd:');
const EXE_WRITABLE = 1;
const EXE_UPPER_LAYER = 2;
const EXE_FROM_MEMFD = 4;
const EXE_LOWER_LAYER = 8;
const CAP_DAC_OVERRIDE = 1 << 1;
/** A program's name and arguments are repeated in every clone: this much of them. */
const MOST_REPEATED = 4096;
const FAILED_EXEC_PARAMS = 20;
const EXEC_PARAMS_WITHOUT_NAME = 30;

export class ProgramEncoder {
  private readonly out: EventEncoder;
  private readonly record: RecordCursor;
  private readonly values: ValueEncoder;
  private readonly names: ProcessNames;

  private readonly isClassic: boolean;

  constructor(out: EventEncoder, record: RecordCursor, values: ValueEncoder, names: ProcessNames, dialect: Dialect) {
    this.isClassic = dialect === 'classic';
    this.out = out;
    this.record = record;
    this.values = values;
    this.names = names;
  }

  /** The identity's columns that clone and exec share: thread, process, parent, directory … comm, cgroups. */
  private identity(cwd: Uint8Array, cwdLength: number): void {
    const { out } = this;
    const { view } = this.record;
    const id = this.record.partAt[0]!;
    this.values.signed(this.record.tid);
    this.values.signed(this.record.pid);
    this.values.signed(view.getInt32(id + R.IDENTITY_PTID, true));
    out.cstr(cwd, 0, cwdLength);
    this.copy64(id + R.IDENTITY_FD_LIMIT);
    this.copy64(id + R.IDENTITY_MAJ_FLT);
    this.copy64(id + R.IDENTITY_MIN_FLT);
    out.u32(view.getUint32(id + R.IDENTITY_VM_SIZE, true));
    out.u32(view.getUint32(id + R.IDENTITY_VM_RSS, true));
    out.u32(view.getUint32(id + R.IDENTITY_VM_SWAP, true));
    out.cstr(this.record.u8, id + R.IDENTITY_COMM, this.commLength(id));
    out.bytes(CGROUPS);
  }

  private commLength(id: number): number {
    let n = 0;
    while (n < 15 && this.record.u8[id + R.IDENTITY_COMM + n] !== 0) n++;
    return n;
  }

  private copy64(at: number): void {
    this.out.u64(this.record.view.getUint32(at, true), this.record.view.getUint32(at + 4, true));
  }

  private copy32(at: number): void {
    this.out.u32(this.record.view.getUint32(at, true));
  }

  /** False when the record is malformed. */
  clone(plan: CallPlan): boolean {
    const { out } = this;
    const { view } = this.record;
    const id = this.record.partAt[0]!;
    if (this.record.partLen[0] !== R.IDENTITY_SIZE) {
      return false;
    }
    const names = this.names.of(this.record.pid);
    const raw = view.getInt32(this.record.at + R.RECORD_AUX, true);
    const inside = view.getUint32(id + R.IDENTITY_LEVEL, true) > 0;
    // the child never entered the call; readers would take its enter event for a process that they have missed
    if (this.record.retLow() !== 0 && plan.enter !== undefined) {
      this.record.begin(out, plan.enter.type, 0);
      out.end();
    }
    this.record.begin(out, plan.exit.type, this.isClassic ? 20 : 21);
    this.values.ret();
    out.cstr(names.exe, 0, Math.min(names.exe.length, MOST_REPEATED));
    out.bytes(names.args, 0, Math.min(names.args.length, MOST_REPEATED));
    this.identity(NOT_AVAILABLE, 0);
    out.u32(flag.cloneFlags(raw) | (inside ? flag.CLONE_CHILD_IN_PIDNS : 0));
    this.copy32(id + R.IDENTITY_EUID);
    this.copy32(id + R.IDENTITY_EGID);
    this.values.signed(view.getInt32(id + R.IDENTITY_VTID, true));
    this.values.signed(view.getInt32(id + R.IDENTITY_VPID, true));
    if (!this.isClassic) out.u64(0, 0);
    out.end();
    return true;
  }

  /** False when the record is malformed. */
  exec(): boolean {
    if (this.record.partLen[0] !== R.IDENTITY_SIZE) {
      return false;
    }
    const { out } = this;
    this.learn();
    if (this.isClassic) {
      this.record.begin(out, eventId.SYSCALL_EXECVE_19_E, 1);
      this.values.text(1);
      out.end();
    }
    this.record.begin(out, eventId.SYSCALL_EXECVE_19_X, 31);
    out.u64(0, 0);
    const { exe, args } = this.names.of(this.record.pid);
    out.cstr(exe);
    out.bytes(args);
    this.identity(this.record.path, this.record.turnPath(3));
    out.bytes(this.record.u8, this.record.partAt[4]!, this.record.partLen[4]!);
    this.execTail();
    out.end();
    this.noteCut('arguments', 0, 5);
    this.noteCut('environment', 1, 4);
    return true;
  }

  /** Says behind an exec what of it was too long. */
  private noteCut(what: string, aux: number, part: number): void {
    const high = this.record.view.getUint32(this.record.at + R.RECORD_AUX + 8 * aux + 4, true);
    const size = high * 4294967296 + this.record.view.getUint32(this.record.at + R.RECORD_AUX + 8 * aux, true);
    const kept = this.record.partLen[part]!;
    if (size > kept) this.values.notification('waspglass.cut', `${what} of ${size} bytes cut after ${kept}`);
  }

  /** Columns after the environment. */
  private execTail(): void {
    const { out } = this;
    const { view } = this.record;
    const id = this.record.partAt[0]!;
    this.copy32(id + R.IDENTITY_TTY);
    this.values.signed(view.getInt32(id + R.IDENTITY_VPGID, true));
    this.copy32(id + R.IDENTITY_LOGINUID);
    const length = this.record.turnPath(2);
    out.u32(this.exeFlags(id, length));
    this.copy64(id + R.IDENTITY_CAP_INHERITABLE);
    this.copy64(id + R.IDENTITY_CAP_PERMITTED);
    this.copy64(id + R.IDENTITY_CAP_EFFECTIVE);
    this.copy64(id + R.IDENTITY_EXE_INO);
    this.copy64(id + R.IDENTITY_EXE_CTIME);
    this.copy64(id + R.IDENTITY_EXE_MTIME);
    this.copy32(id + R.IDENTITY_EUID);
    out.cstr(this.record.path, 0, length);
    this.values.signed(view.getInt32(id + R.IDENTITY_PGID, true));
    this.copy32(id + R.IDENTITY_EGID);
    this.values.text(1);
  }

  /** The executable is in `path`. */
  private exeFlags(id: number, length: number): number {
    const { view } = this.record;
    const layer = view.getUint32(id + R.IDENTITY_EXE_LAYER, true);
    let flags = layer === 1 ? EXE_UPPER_LAYER : layer === 2 ? EXE_LOWER_LAYER : 0;
    if (this.mayWrite(id)) flags |= EXE_WRITABLE;
    if (length >= MEMFD.length && startsWithAt(this.record.path, 0, MEMFD)) flags |= EXE_FROM_MEMFD;
    return flags;
  }

  private mayWrite(id: number): boolean {
    const { view } = this.record;
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
    const at = this.record.partAt[5]!;
    const length = this.record.partLen[5]!;
    let n = 0;
    while (n < length && this.record.u8[at + n] !== 0) n++;
    const id = this.record.partAt[0]! + R.IDENTITY_COMM;
    this.names.set(this.record.pid, {
      exe: this.record.u8.slice(at, at + n),
      args: this.record.u8.slice(Math.min(at + n + 1, at + length), at + length),
      comm: this.record.u8.slice(id, id + this.commLength(this.record.partAt[0]!)),
    });
  }

  /** The caller lives on as it was; what it tried is in the arguments. */
  execFailed(plan: CallPlan): void {
    const { out } = this;
    const at = this.record.partAt[1]!;
    const length = this.record.partLen[1]!;
    let n = 0;
    while (n < length && this.record.u8[at + n] !== 0) n++;
    if (plan.enter !== undefined) this.values.event(plan.enter);
    const nparams = this.isClassic ? FAILED_EXEC_PARAMS : eventTypes[plan.exit.type]!.params.length;
    this.record.begin(out, plan.exit.type, nparams);
    this.values.ret();
    out.cstr(this.record.u8, at, n);
    out.bytes(this.record.u8, Math.min(at + n + 1, at + length), Math.max(0, length - n - 1));
    this.values.signed(this.record.tid);
    this.values.signed(this.record.pid);
    this.values.signed(0);
    out.cstr(NOT_AVAILABLE, 0, 0);
    for (let i = 0; i < 3; i++) out.u64(0, 0);
    for (let i = 0; i < 3; i++) out.u32(0);
    out.cstr(this.names.of(this.record.pid).comm);
    out.bytes(CGROUPS);
    out.none();
    out.u32(0);
    out.u64(0, 0);
    out.u32(0xffffffff);
    out.u32(0);
    if (!this.isClassic) this.failedTail(nparams);
    out.end();
  }

  /** What the current dialect has behind that is of the new program, which there is not, save the name asked for. */
  private failedTail(nparams: number): void {
    for (let i = FAILED_EXEC_PARAMS; i < EXEC_PARAMS_WITHOUT_NAME; i++) this.out.none();
    if (nparams > EXEC_PARAMS_WITHOUT_NAME) this.values.text(0);
  }
}
