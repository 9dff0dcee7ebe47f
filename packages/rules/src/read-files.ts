/** Rule files from disk; a directory stands for the `.yaml` and `.yml` files in it, by name. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '@waspglass/kit';
import { fail } from './errors.ts';
import type { RuleText } from './loader.ts';
import { yamlLimits } from './yaml-nodes.ts';

export function readRuleFiles(paths: readonly string[]): RuleText[] {
  return paths.flatMap((path) => expand(path)).map((file) => ({ file, text: readText(file) }));
}

function expand(path: string): string[] {
  if (!guarded(path, () => statSync(path).isDirectory())) return [path];
  const names = guarded(path, () => readdirSync(path)).filter((name) => /\.ya?ml$/.test(name));
  return names.sort().map((name) => join(path, name));
}

function readText(file: string): string {
  const { size } = guarded(file, () => statSync(file));
  if (size > yamlLimits.bytes)
    throw fail('WG_RULES_LIMIT', { what: 'the size', limit: `${yamlLimits.bytes} bytes` }, { at: { file } });
  return guarded(file, () => readFileSync(file, 'utf8'));
}

function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const code = systemCode(cause);
    if (code === undefined) throw cause;
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'permission denied' : code;
    throw fail('WG_RULES_FILE', { reason }, { at: { file }, cause });
  }
}
