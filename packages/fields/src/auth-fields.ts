/** `auth.*`: fields of log-in records, for rules of source `auth` (brute force, guessed accounts). */
import type { FieldTable } from '@waspglass/lang';

/** One log-in record with what has been counted about its address so far. */
export interface AuthContext {
  readonly user: string;
  readonly address: string;
  readonly port: number;
  /** `password`, `publickey` … */
  readonly method: string;
  readonly outcome: 'success' | 'failure';
  /** Failures of the address within the window so far, this record included. */
  readonly failures: number;
  /** Distinct users that the address has tried within the window. */
  readonly users: number;
  /** Seconds since the address's first failure within the window. */
  readonly seconds: number;
  /** The user exists; undefined when the log doesn't say. */
  readonly userValid?: boolean | undefined;
  /** The password that was tried is known. */
  readonly hasPassword?: boolean | undefined;
}

const yesNo = (value: boolean | undefined): number => (value === undefined ? -1 : value ? 1 : 0);
const text = (value: string): string | null => (value === '' ? null : value);

export const authFields = {
  'auth.user': { type: 'CHARBUF', kind: 'str', doc: 'User name that was tried.', get: (c) => text(c.user) },
  'auth.address': { type: 'CHARBUF', kind: 'str', doc: 'Address of the client.', get: (c) => text(c.address) },
  'auth.port': { type: 'PORT', kind: 'num', doc: 'Port of the client.', get: (c) => c.port },
  'auth.method': { type: 'CHARBUF', kind: 'str', doc: 'password, publickey …', get: (c) => text(c.method) },
  'auth.outcome': { type: 'CHARBUF', kind: 'str', doc: 'success or failure.', get: (c) => c.outcome },
  'auth.failures': {
    type: 'UINT32',
    kind: 'num',
    doc: 'Failures of the address within the window so far.',
    get: (c) => c.failures,
  },
  'auth.users': { type: 'UINT32', kind: 'num', doc: 'Distinct users that the address tried.', get: (c) => c.users },
  'auth.seconds': {
    type: 'UINT32',
    kind: 'num',
    doc: "Seconds since the address's first failure.",
    get: (c) => c.seconds,
  },
  'auth.user_valid': { type: 'BOOL', kind: 'bool', doc: 'The user exists.', get: (c) => yesNo(c.userValid) },
  'auth.has_password': {
    type: 'BOOL',
    kind: 'bool',
    doc: 'The password that was tried is known.',
    get: (c) => yesNo(c.hasPassword),
  },
} as const satisfies FieldTable<AuthContext>;
