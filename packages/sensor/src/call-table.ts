/**
 * The table of calls, worked out for one processor: what the probe is told (a word for each number) and what the encoder
 * does (events and operations for each number).
 */
import {
  type Arch,
  conversions,
  EMPTY,
  eventFlag,
  eventId,
  eventTypes,
  FROM_ENTER,
  type Syscall,
  syscallByName,
  syscallByNumber,
  syscalls,
} from '@waspglass/schema';
import { type CallRow, calls, compatCalls, otherCall, quietCalls, socketCalls } from './calls.ts';
import { CALL_FIRST, CALL_MOVES, CALL_WRITES, CALLS, SHAPE_SKIP } from './record.gen.ts';
import { shapes } from './record-layout.ts';
import { op, parseWord } from './value-words.ts';

/** What captures are written as: `classic` is read by sysdig from 0.29.3 on, `current` by 0.40 and later. */
export type Dialect = 'classic' | 'current';

/** One event of a call: type and operations, one for each parameter. */
export interface EventPlan {
  readonly type: number;
  readonly ops: Int32Array;
}

export interface CallPlan {
  readonly name: string;
  /** PPM_SC code that sysdig 0.29.3 knows, else 0. */
  readonly code: number;
  /** Missing: the call has no such event. */
  readonly enter: EventPlan | undefined;
  readonly exit: EventPlan;
}

/** Events of programs have at least so many parameters. */
const PROGRAM_PARAMS = 20;

/** Codes from this one on make sysdig 0.29.3 crash. */
const CODES_0293 = 330;

const shapeNumber = new Map<string, number>(shapes.map(([name], i) => [name, i]));
const GENERIC_E: EventPlan = { type: 0, ops: new Int32Array(0) };
const GENERIC_X: EventPlan = { type: 1, ops: new Int32Array(0) };

/** Plans by system call number; calls without one are generic events. */
export function callPlans(arch: Arch, dialect: Dialect = 'classic'): (CallPlan | undefined)[] {
  const plans: (CallPlan | undefined)[] = new Array<CallPlan | undefined>(CALLS).fill(undefined);
  for (const { call, number, row } of rowsOf(arch)) plans[number] = planOf(call, row, dialect);
  return plans;
}

function planOf({ name, code }: Syscall, row: CallRow, dialect: Dialect): CallPlan {
  if (dialect === 'current') return { name, code: code ?? 0, enter: undefined, exit: currentPlan(row) ?? GENERIC_X };
  return {
    name,
    code: genericCode(name),
    enter: row.enter === undefined ? GENERIC_E : eventPlan(row.enter),
    exit: (row.exit === undefined ? undefined : eventPlan(row.exit)) ?? GENERIC_X,
  };
}

interface NumberedRow {
  readonly call: Syscall;
  readonly number: number;
  readonly row: CallRow;
}

/** Every call of a processor's table with what is recorded of it. */
function rowsOf(arch: Arch): NumberedRow[] {
  return syscalls.flatMap((call) => {
    const number = call[arch];
    if (number === undefined || number >= CALLS) return [];
    return [{ call, number, row: arch === 'i386' ? compatRow(call.name) : (calls[call.name] ?? otherCall) }];
  });
}

function compatRow(name: string): CallRow {
  const own = compatCalls[name];
  if (own === null) return otherCall;
  if (typeof own === 'object') return own;
  return calls[own ?? name] ?? otherCall;
}

/** Codes of the 32-bit calls by number; classic: as far as sysdig 0.29.3 knows them. */
export function compatCodes(dialect: Dialect = 'classic'): Uint16Array {
  const codes = new Uint16Array(CALLS);
  for (let n = 0; n < CALLS; n++) {
    const code = syscallByNumber('i386', n)?.code ?? 0;
    codes[n] = dialect === 'current' || code < CODES_0293 ? code : 0;
  }
  return codes;
}

function genericCode(name: string): number {
  const code = syscallByName(name)?.code ?? 0;
  return code < CODES_0293 ? code : 0;
}

/** undefined for '' and for events that are never written. */
function eventPlan(text: string): EventPlan | undefined {
  if (text === '') return undefined;
  const [name = '', ...words] = text.split(' ');
  const type = (eventId as Readonly<Record<string, number>>)[name];
  if (type === undefined) throw new Error(`unknown event "${name}" in the table of calls`);
  if (((eventTypes[type]?.flags ?? 0) & eventFlag.UNUSED) !== 0) return undefined;
  return { type, ops: Int32Array.from(words, parseWord) };
}

/**
 * The one event of the current dialect, with the parameters of both of the classic ones. Those of program events are the
 * encoder's own.
 */
function currentPlan({ enter = '', exit, current }: CallRow): EventPlan | undefined {
  if (current !== undefined) return eventPlan(current);
  const own = exit === undefined ? undefined : eventPlan(exit);
  const conversion = own === undefined ? undefined : conversions[own.type];
  if (own === undefined || conversion === undefined) return own;
  const before = eventPlan(enter)?.ops ?? new Int32Array(0);
  const { target, sources } = conversion;
  if (own.ops.length === 0 && sources.length >= PROGRAM_PARAMS) return { type: target, ops: own.ops };
  const ops = Int32Array.from(sources, (source, i) => {
    if (target === own.type && i < own.ops.length) return own.ops[i] ?? op.NONE;
    if (source === EMPTY) return op.NONE;
    return (source < FROM_ENTER ? own.ops[source] : before[source - FROM_ENTER]) ?? op.NONE;
  });
  return { type: target, ops };
}

/** The `calls` and `compat` members of the probe's configuration. `skip`: names that are not to be recorded. */
export function probeWords(arch: Arch, skip: ReadonlySet<string> = quietCalls): Uint32Array {
  // numbers without a name are recorded too
  const words = new Uint32Array(CALLS).fill(wordOf(otherCall));
  for (const { call, number, row } of rowsOf(arch)) words[number] = skip.has(call.name) ? SHAPE_SKIP : wordOf(row);
  return words;
}

function wordOf(row: CallRow): number {
  const shape = shapeNumber.get(row.shape);
  if (shape === undefined) throw new Error(`unknown shape "${row.shape}" in the table of calls`);
  const lane = row.bulk === true ? 0 : CALL_FIRST;
  const direction = row.writes === true ? CALL_WRITES : 0;
  const form = row.moves === true ? CALL_MOVES : 0;
  return (shape | ((row.a ?? 0) << 8) | ((row.b ?? 0) << 16) | ((row.fd ?? 0) << 24) | lane | direction | form) >>> 0;
}

/** Numbers of the 32-bit calls that `socketcall` stands for, by its first argument. */
export function socketCallNumbers(): number[] {
  return socketCalls.map((name) => syscallByName(name)?.i386 ?? 0);
}
