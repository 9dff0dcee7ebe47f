/** Building the probes' object from `bpf/` with clang, when it is missing or older than a source. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemCode } from '@waspglass/kit';
import { fail } from './errors.ts';

/** The object's place in a checkout. */
export const defaultObjectPath = fileURLToPath(new URL('../../../build/sensor.bpf.o', import.meta.url));
const sourceDirectory = fileURLToPath(new URL('../../../bpf/', import.meta.url));
const SOURCE = 'sensor.bpf.c';

export type BuildResult = 'built' | 'fresh';

/** Makes sure that the object at `outPath` is there and as new as its sources. */
export function buildObject(outPath: string = defaultObjectPath, arch: string = process.arch): BuildResult {
  const built = modified(outPath);
  const newest = newestSource();
  if (newest === undefined) {
    if (built !== undefined) return 'fresh';
    throw fail('WG_SENSOR_NO_SOURCES', {}, { at: { file: outPath } });
  }
  if (built !== undefined && built >= newest) return 'fresh';
  mkdirSync(path.dirname(outPath), { recursive: true });
  const unfinished = `${outPath}.${process.pid}`;
  try {
    compile(unfinished, arch);
    renameSync(unfinished, outPath);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return 'built';
}

function compile(outPath: string, arch: string): void {
  const target = arch === 'arm64' ? 'arm64' : 'x86';
  const options = ['-O2', '-g', '-target', 'bpf', `-D__TARGET_ARCH_${target}`, '-Wall', '-Werror'];
  const result = spawnSync('clang', [...options, '-c', SOURCE, '-o', outPath], {
    cwd: sourceDirectory,
    encoding: 'utf8',
  });
  if (systemCode(result.error) === 'ENOENT') throw fail('WG_SENSOR_NO_COMPILER');
  if (result.error !== undefined) throw fail('WG_SENSOR_BUILD', { reason: result.error.message });
  if (result.status !== 0) throw fail('WG_SENSOR_BUILD', { reason: result.stderr.trim().slice(0, 2000) });
}

function modified(file: string): number | undefined {
  try {
    return statSync(file).mtimeMs;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function newestSource(): number | undefined {
  try {
    const names = readdirSync(sourceDirectory).filter((name) => /\.[ch]$/.test(name));
    const times = names.map((name) => statSync(path.join(sourceDirectory, name)).mtimeMs);
    return times.length === 0 ? undefined : Math.max(...times);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
