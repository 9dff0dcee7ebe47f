/** Where evidence goes. A transport never overwrites, and says how the copy was checked. */
import type { Seal } from './seal.ts';

/**
 * `hash`: the copy was read back and its SHA-256 is the seal's. `present`: it was there already, with the same hash.
 * `sent`: the target lets nothing be read; a receipt will tell.
 */
export type Verification = 'hash' | 'present' | 'sent';

export interface Parcel {
  readonly seal: Seal;
  readonly sealFile: string;
  /** The sealed file; undefined when only the seal is left to be sent. */
  readonly file: string | undefined;
}

export interface Transport {
  /** For messages and the ledger, without secrets: `/mnt/evidence`, `//server/share`. */
  readonly target: string;
  /** Copies the file, then its seal. Throws a WaspglassError when they are not there and equal. */
  send(parcel: Parcel, signal: AbortSignal): Promise<Verification>;
}
