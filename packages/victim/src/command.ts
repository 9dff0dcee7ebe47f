/**
 * Running the machine's tools. Arguments are never joined into a shell line, output is capped, and a tool that is missing
 * names the package that has it. Secrets go through `input`, never through arguments.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { systemCode } from '@waspglass/kit';
import { fail } from './errors.ts';

/** Tool → Debian package, for the error when it is missing. */
const PACKAGES: Readonly<Record<string, string>> = {
  runc: 'runc',
  nft: 'nftables',
  debootstrap: 'debootstrap',
  ip: 'iproute2',
  ss: 'iproute2',
  tc: 'iproute2',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  unshare: 'util-linux',
  flock: 'util-linux',
  mount: 'mount',
  umount: 'mount',
  chroot: 'coreutils',
  perl: 'perl-base',
  chattr: 'e2fsprogs',
  'mkfs.ext4': 'e2fsprogs',
};

const OUTPUT_LIMIT = 4 << 20;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface RunOptions {
  readonly input?: string;
  readonly cwd?: string;
  /** Added to the small environment that tools get. */
  readonly env?: Readonly<Record<string, string>>;
  /** Give the child /dev/null for all three streams: for tools whose descendants live on and keep them. */
  readonly silent?: boolean;
}

export interface RunResult {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool and gives its standard output; any status but 0 is an error that quotes what the tool said. */
export async function run(tool: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await attempt(tool, args, options);
  if (result.status !== 0) throw commandFailed(tool, args, result);
  return result.stdout;
}

/** Runs a tool and gives its status and output, whatever the status. */
export async function attempt(tool: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = start(tool, args, options);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  // A tool may end without reading its input (EPIPE): its status tells what happened.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input ?? '');
  const status = await ended(child, tool);
  return { status, stdout: stdout(), stderr: stderr() };
}

/** Starts a tool with pipes (or /dev/null when `silent`). */
export function start(tool: string, args: readonly string[], options: RunOptions = {}): ChildProcess {
  return spawn(tool, args, {
    stdio: options.silent === true ? 'ignore' : 'pipe',
    env: toolEnvironment(options.env),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
}

/** Waits for the end of a child: its status, or the name of the signal that ended it. */
export function ended(child: ChildProcess, tool: string): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(systemCode(error) === 'ENOENT' ? toolMissing(tool) : error));
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
  });
}

/** The error for a tool that is not installed. */
export function toolMissing(tool: string): Error {
  return fail('WG_VICTIM_TOOL_MISSING', { tool, package: PACKAGES[tool] ?? tool });
}

export function commandFailed(tool: string, args: readonly string[], result: RunResult): Error {
  const command = [tool, ...args].join(' ').slice(0, 200);
  const output = (result.stderr.trim() || result.stdout.trim() || 'no output').slice(-1000);
  return fail('WG_VICTIM_COMMAND_FAILED', { command, status: result.status, output });
}

function toolEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { PATH, LC_ALL: 'C', ...extra };
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (size >= OUTPUT_LIMIT) return;
    chunks.push(chunk);
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
