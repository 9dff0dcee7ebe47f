/** Reads the options of a process command (`--config FILE`, `--json`), from one table per command. */

import { didYouMean } from '@waspglass/kit';
import { UsageError } from './command.ts';

/** Option name → whether it takes a value. */
export type OptionSpec = Readonly<Record<string, 'value' | 'flag'>>;
export type ParsedOptions<S extends OptionSpec> = {
  readonly [K in keyof S]: S[K] extends 'value' ? string | undefined : boolean;
};

/** `--name value`, `--name=value`, `--flag`. Anything else is a UsageError. */
export function parseOptions<const S extends OptionSpec>(args: readonly string[], spec: S): ParsedOptions<S> {
  const found: Record<string, string | boolean | undefined> = {};
  for (const [name, kind] of Object.entries(spec)) found[name] = kind === 'flag' ? false : undefined;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    const equals = arg.indexOf('=');
    const name = arg.slice(2, equals < 0 ? undefined : equals);
    const kind = arg.startsWith('--') && Object.hasOwn(spec, name) ? spec[name] : undefined;
    if (kind === undefined) throw new UsageError(`unknown argument "${arg}"${didYouMean(name, Object.keys(spec))}`);
    if (kind === 'flag') {
      if (equals >= 0) throw new UsageError(`--${name} takes no value`);
      found[name] = true;
      continue;
    }
    const value = equals >= 0 ? arg.slice(equals + 1) : args[++i];
    if (value === undefined) throw new UsageError(`--${name} needs a value`);
    found[name] = value;
  }
  return found as ParsedOptions<S>;
}

export const CONFIG_OPTION = {
  flags: '--config FILE',
  doc: 'configuration file (default /etc/waspglass/waspglass.yaml)',
} as const;
