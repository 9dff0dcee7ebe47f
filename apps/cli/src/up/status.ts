/** Status files: each process of an instance tells the others and `waspglass status` how it is, as one JSON file. */
import type { OutputStats } from '@waspglass/alerts';
import { readTextIfThere, writeFileAtomic } from '@waspglass/kit';
import type { EgressStatus } from '@waspglass/victim';

/** What the sensor process tells; counters are totals since that process started. */
export interface SensorStatus {
  readonly ready: boolean;
  readonly time: string;
  /** Process id of the victim's init, and the capture file being written. */
  readonly victim: number;
  readonly victimAlive: boolean;
  readonly capture: string;
  readonly events: number;
  readonly bytes: number;
  readonly lost: number;
  /** What `lost` is made of: security events, bulk data that found no room, bulk data left out on purpose; and cut data. */
  readonly lanes: {
    readonly lostFirst: number;
    readonly lostBulk: number;
    readonly thinned: number;
    readonly cut: number;
  };
  readonly alerts: number;
  /** Outputs of alerts beside alerts.jsonl, by name. */
  readonly outputs: Readonly<Record<string, OutputStats>>;
  readonly sessions: number;
  /** Of the victim's link; null when it is not recorded. */
  readonly packets: {
    readonly file: string;
    readonly packets: number;
    readonly bytes: number;
    readonly lost: number;
  } | null;
  /** Documents, alerts or captures that could not be written. */
  readonly failures: number;
}

export interface CollectorStatus {
  readonly ready: boolean;
  readonly time: string;
  readonly url: string;
}

export interface ShipStatus {
  readonly ready: boolean;
  readonly time: string;
  readonly shipped: number;
  readonly pending: number;
  readonly failures: number;
  readonly lastError: string;
  /** Without a receipt yet; 0 when none are asked for. */
  readonly unconfirmed: number;
  /** Captures that had to go unshipped when the spool was full. */
  readonly gaps: number;
}

/** What the mediators tell. */
export interface EgressProcessStatus extends EgressStatus {
  readonly ready: boolean;
  readonly time: string;
}

export function writeStatus<T extends { readonly ready: boolean }>(file: string, status: T): void {
  writeFileAtomic(file, `${JSON.stringify(status)}\n`, 0o644);
}

/** The status, or undefined when there is none or it is not whole. */
export function readStatus<T>(file: string): T | undefined {
  const text = readTextIfThere(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
