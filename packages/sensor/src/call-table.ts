/**
 * The table of calls, worked out for one processor: what the probe is told (a word for each number) and what the encoder
 * does (events and operations for each number).
 */
import { type Arch, eventId, syscallByName, syscallByNumber } from '@waspglass/schema';
import { calls } from './calls.ts';
import { CALLS, SHAPE_SKIP } from './record.gen.ts';
import { shapes } from './record-layout.ts';
import { parseWord } from './value-words.ts';

/** One event of a call: type and operations, one for each parameter. */
export interface EventPlan {
  readonly type: number;
  readonly ops: Int32Array;
}

export interface CallPlan {
  readonly name: string;
  /** PPM_SC code that sysdig 0.29.3 knows, else 0. */
  readonly code: number;
  readonly enter: EventPlan;
  readonly exit: EventPlan;
}

/** Codes from this one on make sysdig 0.29.3 crash. */
const CODES_0293 = 330;

const shapeNumber = new Map<string, number>(shapes.map(([name], i) => [name, i]));
const GENERIC_E: EventPlan = { type: 0, ops: new Int32Array(0) };
const GENERIC_X: EventPlan = { type: 1, ops: new Int32Array(0) };

/** Plans by system call number; calls that are not recorded have none. */
export function callPlans(arch: Arch): (CallPlan | undefined)[] {
  const plans: (CallPlan | undefined)[] = new Array<CallPlan | undefined>(CALLS).fill(undefined);
  for (const [name, row] of Object.entries(calls)) {
    const number = syscallByName(name)?.[arch as 'x86_64' | 'aarch64'];
    if (number === undefined || number >= CALLS) continue;
    plans[number] = {
      name,
      code: genericCode(name),
      enter: row.enter === undefined ? GENERIC_E : eventPlan(row.enter),
      exit: row.exit === undefined ? GENERIC_X : eventPlan(row.exit),
    };
  }
  return plans;
}

/** Codes of the 32-bit calls by number, as far as sysdig 0.29.3 knows them. */
export function compatCodes(): Uint16Array {
  const codes = new Uint16Array(CALLS);
  for (let n = 0; n < CALLS; n++) {
    const code = syscallByNumber('i386', n)?.code ?? 0;
    codes[n] = code < CODES_0293 ? code : 0;
  }
  return codes;
}

function genericCode(name: string): number {
  const code = syscallByName(name)?.code ?? 0;
  return code < CODES_0293 ? code : 0;
}

function eventPlan(text: string): EventPlan {
  const [name = '', ...words] = text.split(' ');
  const type = (eventId as Readonly<Record<string, number>>)[name];
  if (type === undefined) throw new Error(`unknown event "${name}" in the table of calls`);
  return { type, ops: Int32Array.from(words, parseWord) };
}

/** The `calls` member of the probe's configuration. `skip`: names that are not to be recorded. */
export function probeWords(arch: Arch, skip: ReadonlySet<string> = new Set()): Uint32Array {
  const words = new Uint32Array(CALLS).fill(SHAPE_SKIP);
  for (const [name, row] of Object.entries(calls)) {
    const number = syscallByName(name)?.[arch as 'x86_64' | 'aarch64'];
    const shape = shapeNumber.get(row.shape);
    if (shape === undefined) throw new Error(`unknown shape "${row.shape}" of "${name}" in the table of calls`);
    if (number === undefined || number >= CALLS || skip.has(name)) continue;
    words[number] = shape | ((row.a ?? 0) << 8) | ((row.b ?? 0) << 16) | ((row.fd ?? 0) << 24);
  }
  return words;
}
