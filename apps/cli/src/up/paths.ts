/** Where an instance keeps what: one table, derived from the configuration. */

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/options.ts';

/** Root of the checkout or of the installed package. */
export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
export const PROGRAM = path.join(ROOT, 'apps/cli/bin/waspglass');
export const BPF_OBJECT = path.join(ROOT, 'build/sensor.bpf.o');
export const CONSOLE_FILES = path.join(ROOT, 'apps/console/dist');
const BUILT_IN_RULES = path.join(ROOT, 'rules');

export interface InstancePaths {
  readonly state: string;
  readonly run: string;
  readonly captures: string;
  readonly documents: string;
  readonly store: string;
  readonly alerts: string;
  readonly logs: string;
  /** Copy of the console's files that the collector's user may read. */
  readonly console: string;
  readonly configCopy: string;
  /** What the unprivileged user may write at run time. */
  readonly userRun: string;
  readonly ship: string;
  /** Log and objects of what the victim did outside. */
  readonly egress: string;
  readonly egressLog: string;
  readonly objects: string;
  /** What the mediators' user may write at run time. */
  readonly egressRun: string;
}

export function pathsOf(config: Config): InstancePaths {
  const state = config.state_directory;
  const run = config.run_directory;
  return {
    state,
    run,
    captures: path.join(state, 'captures'),
    documents: path.join(state, 'documents'),
    store: path.join(state, 'store'),
    alerts: path.join(state, 'alerts.jsonl'),
    logs: path.join(state, 'log'),
    console: path.join(run, 'console'),
    configCopy: path.join(run, 'waspglass.yaml'),
    userRun: path.join(run, 'user'),
    ship: path.join(state, 'ship'),
    egress: path.join(state, 'egress'),
    egressLog: path.join(state, 'egress/egress.jsonl'),
    objects: path.join(state, 'egress/objects'),
    egressRun: path.join(run, 'egress'),
  };
}

export const pidFile = (paths: InstancePaths, name: string): string => path.join(paths.run, `${name}.pid`);
/** One `up` per instance on a machine, whatever its directories are: interfaces and tables carry the instance's name. */
export const instanceLock = (instance: string): string => `/run/waspglass-${instance}.pid`;
/** Status of root's processes; root never writes where the user may plant a link. */
export const statusFile = (paths: InstancePaths, name: string): string => path.join(paths.run, `${name}.status.json`);
/** Status of the user's processes. */
export const userStatusFile = (paths: InstancePaths, name: string): string =>
  path.join(paths.userRun, `${name}.status.json`);
export const egressStatusFile = (paths: InstancePaths): string => path.join(paths.egressRun, 'egress.status.json');
/** Stands while somebody waits for a fresh victim. */
export const resetRequest = (paths: InstancePaths): string => path.join(paths.run, 'reset.request');
export const logFile = (paths: InstancePaths, name: string): string => path.join(paths.logs, `${name}.log`);

/** The rule files that the configuration names, or our own. */
export const rulesOf = (config: Config): readonly string[] =>
  config['rules.files'].length === 0 ? [BUILT_IN_RULES] : config['rules.files'];

/** Whether the victim may do anything outside. */
export const wantsEgress = (config: Config): boolean => config['victim.egress'].length > 0;
export const wantsSmb = (config: Config): boolean => config['evidence.smb_share'] !== '';
/** Whether finished captures are to be copied anywhere. */
export const wantsShipping = (config: Config): boolean => config['evidence.directory'] !== '' || wantsSmb(config);
