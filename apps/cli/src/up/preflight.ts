/**
 * What must be true before `up` changes anything on the machine: one row per condition. The first that fails is the
 * error, with what to do about it.
 */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { systemCode, WaspglassError } from '@waspglass/kit';
import type { Config } from '../config/options.ts';
import { ruleChoiceOf } from '../config/rule-options.ts';
import { fail } from '../errors.ts';
import { checkRules } from '../sensor-process/judge.ts';
import { outputFilesError } from './output-files.ts';
import { BPF_OBJECT, CONSOLE_FILES, rulesOf, wantsSmb } from './paths.ts';

type Check = (config: Config) => WaspglassError | undefined | Promise<WaspglassError | undefined>;

const BTF = '/sys/kernel/btf/vmlinux';
const programs: readonly (readonly [program: string, debianPackage: string])[] = [
  ['runc', 'runc'],
  ['nft', 'nftables'],
  ['ip', 'iproute2'],
  ['tc', 'iproute2'],
  ['mkfs.ext4', 'e2fsprogs'],
  ['debootstrap', 'debootstrap'],
  ['openssl', 'openssl'],
];

const checks: readonly Check[] = [
  isRoot,
  hasBtf,
  ...programs.map(
    ([program, name]): Check =>
      () =>
        hasProgram(program, name),
  ),
  (config) => (wantsSmb(config) ? hasProgram('smbclient', 'smbclient') : undefined),
  () =>
    hasFile(
      'the BPF object',
      BPF_OBJECT,
      'npm start (it builds the object), or: node_modules/.bin/node tools/build-bpf.ts',
    ),
  () => hasFile('the console', path.join(CONSOLE_FILES, 'index.html'), 'npm start (it builds the console)'),
  hasSpace,
  (config) => isReachable(config.state_directory, config['console.user']),
  (config) => isReachable(config.run_directory, config['console.user']),
  rulesLoad,
  outputFilesError,
  (config) => portIsFree(config['victim.ssh_listen'], config['victim.ssh_port'], 'victim.ssh_port'),
  (config) => portIsFree(config['console.listen'], config['console.port'], 'console.port'),
];

/** Throws the first condition that does not hold. Changes nothing. */
export async function preflight(config: Config): Promise<void> {
  for (const check of checks) {
    const error = await check(config);
    if (error !== undefined) throw error;
  }
}

function isRoot(): WaspglassError | undefined {
  const uid = process.getuid?.() ?? -1;
  return uid === 0 ? undefined : fail('WG_UP_NOT_ROOT', { uid });
}

function hasBtf(): WaspglassError | undefined {
  return existsSync(BTF) ? undefined : fail('WG_UP_NO_BTF', { file: BTF });
}

function hasProgram(program: string, name: string): WaspglassError | undefined {
  const folders = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`.split(':');
  const found = folders.some((folder) => folder !== '' && isExecutable(path.join(folder, program)));
  return found ? undefined : fail('WG_UP_MISSING_PROGRAM', { program, package: name });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function hasFile(what: string, file: string, fix: string): WaspglassError | undefined {
  return existsSync(file) ? undefined : fail('WG_UP_MISSING_FILE', { what, file, fix });
}

function hasSpace(config: Config): WaspglassError | undefined {
  const directory = nearestExisting(config.state_directory);
  const { bavail, bsize } = statfsSync(directory);
  const found = Math.floor((bavail * bsize) / 2 ** 20);
  const expected = config['recorder.free_mib'];
  return found >= expected ? undefined : fail('WG_UP_NO_SPACE', { directory, found, expected });
}

/** The unprivileged processes must be able to enter every folder above theirs. */
function isReachable(directory: string, user: string): WaspglassError | undefined {
  const parent = nearestExisting(path.dirname(directory));
  const closed = parentsOf(parent).find((folder) => (statSync(folder).mode & 0o001) === 0);
  return closed === undefined ? undefined : fail('WG_UP_NOT_REACHABLE', { user, directory, closed });
}

function parentsOf(directory: string): string[] {
  const above = path.dirname(directory);
  return above === directory ? [directory] : [...parentsOf(above), directory];
}

/** A mistake in a rule file is told here, not by a sensor that does not start. */
function rulesLoad(config: Config): WaspglassError | undefined {
  try {
    checkRules({ files: rulesOf(config), ...ruleChoiceOf(config) });
    return undefined;
  } catch (error) {
    if (error instanceof WaspglassError) return error;
    throw error;
  }
}

function nearestExisting(directory: string): string {
  return existsSync(directory) ? directory : nearestExisting(path.dirname(directory));
}

function portIsFree(address: string, port: number, option: string): Promise<WaspglassError | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => {
      const taken = systemCode(error) === 'EADDRINUSE';
      const place = taken ? {} : { cause: error };
      resolve(fail('WG_UP_PORT_TAKEN', { port, address, option }, place));
    });
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
