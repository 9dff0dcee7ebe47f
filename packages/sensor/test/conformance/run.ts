/**
 * Runs the programs of this folder in a victim and takes the capture apart by their markers: what stands between the
 * marker of a case and the next one, as our reader and as Debian's sysdig print it. What differs from run to run
 * (numbers of processes, inodes, addresses) is replaced by `*`.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { eventId, eventTypes } from '@waspglass/schema';
import type { Dialect } from '../../src/index.ts';
import { recordVictim, testDirectory } from '../victim.ts';

const REPOSITORY = path.join(import.meta.dirname, '../../../..');
const MARK = /^\S+ > write fd=9/;
/** Who starts the program goes on meanwhile. */
const SHELL = /^(sh|ip|mkdir|rm|unshare) /;
const MARKED = /^\S+ < write res=\d+ data=(.*?)(?: fd=9\S* size=\d+)? *$/;
/** The mark as the one event. */
const MARK_ONCE = /^\S+ < write res=\d+ data=.* fd=9\(\S* size=\d+ *$/;
const FORMAT = '%proc.name %evt.dir %evt.type %evt.args';
/** Types from here on are unknown to sysdig 0.29.3. */
const NEWER = eventId.SYSCALL_IO_URING_SETUP_E;

export interface Suite {
  readonly source: string;
  readonly flags: readonly string[];
  readonly expected: string;
}

export const suites: readonly Suite[] = [
  { source: 'calls64.c', flags: ['-O1', '-Wall'], expected: 'calls64.expected' },
  {
    source: 'calls32.c',
    flags: ['-m32', '-O1', '-nostdlib', '-static', '-no-pie', '-fno-pie', '-ffreestanding', '-fno-stack-protector'],
    expected: 'calls32.expected',
  },
];

/** Case → lines. */
export type Lines = ReadonlyMap<string, readonly string[]>;

export function compile({ source, flags }: Suite): string | undefined {
  const program = path.join(testDirectory, source.replace('.c', ''));
  const built = spawnSync('gcc', [...flags, '-o', program, path.join(import.meta.dirname, source)]);
  return built.status === 0 ? program : undefined;
}

/** Records the cases; the capture's file. */
export async function record(program: string, cases: readonly string[], dialect?: Dialect): Promise<string> {
  const words = cases.map((name) => `'${name}'`).join(' ');
  const script = `ip link set lo up; mkdir -p work; cd work; rm -rf *; exec 9>/dev/null </dev/null; ${program} ${words}`;
  const { file, counters } = await recordVictim(script, dialect === undefined ? {} : { dialect });
  if (counters.lost !== 0 || counters.malformed !== 0) throw new Error(`lost ${counters.lost}`);
  return file;
}

/** In both events of a call, or as the one event that it is today. */
export function readWithUs(file: string, form: 'both' | 'exit' = 'both'): Lines {
  const options = form === 'both' ? ['--enter'] : [];
  return split(print(process.execPath, [path.join(REPOSITORY, 'apps/cli/src/main.ts'), 'read', ...options, file]));
}

/** With a sysdig of 0.40 or later; `root`: the system that it is installed in. */
export function readWithNewerSysdig(file: string, root: string): Lines {
  const inside = `/tmp/${path.basename(file)}.${process.pid}`;
  copyFileSync(file, path.join(root, inside));
  try {
    return split(print('chroot', [root, 'sysdig', '-r', inside]));
  } finally {
    rmSync(path.join(root, inside));
  }
}

/** undefined without sysdig. */
export function readWithSysdig(file: string): Lines | undefined {
  if (spawnSync('sysdig', ['--version']).status !== 0) return undefined;
  return split(print('sysdig', ['-r', file]));
}

function print(program: string, args: readonly string[]): string[] {
  const run = spawnSync(program, [...args, '-p', FORMAT], { encoding: 'latin1', maxBuffer: 1 << 26 });
  if (run.status !== 0) throw new Error(`${program}: ${run.stderr}`);
  return run.stdout.split('\n');
}

function split(lines: readonly string[]): Lines {
  const cases = new Map<string, string[]>();
  let present: string[] | undefined;
  let isMark = false;
  for (const line of lines) {
    if (SHELL.test(line)) continue;
    if (MARK.test(line)) isMark = true;
    else if (isMark || MARK_ONCE.test(line)) {
      isMark = false;
      const name = MARKED.exec(line)?.[1]?.trim() ?? '';
      present = name === 'end' ? undefined : [];
      if (present !== undefined) cases.set(name, present);
    } else present?.push(steady(line.replace(/^\S+ /, '')));
  }
  return cases;
}

const NAMES =
  'dev|ino|source|peer|vm_size|vm_rss|vm_swap|pgft_maj|pgft_min|tid|pid|ptid|vtid|vpid|vpgid|exe_ino\\w*|spid|dpid|cap_\\w+|loginuid|fdlimit|cgroups|tty|flags_|time|comm|uid|gid';
const UNSTEADY: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`\\b(${NAMES})=(?=\\d|[A-F0-9]+\\b|\\S*\\()\\S*`, 'g'), '$1=*'],
  [/\/tmp\/waspglass-sensor-\w+/g, '/TEMP'],
  [/\baddr=[0-9A-F]{7,}/g, 'addr=*'],
  [/\bargument=[0-9A-F]{9,}/g, 'argument=*'],
  [/(keyctl|semget) res=\S+/g, '$1 res=*'],
  [/\b(features|cur|max|oldcur|oldmax)=\S+/g, '$1=*'],
  [/(mmap2?|brk) res=\S+/g, '$1 res=*'],
  // The kernel writes back what was left of it.
  [/(ppoll .*\btimeout)=\S+/g, '$1=*'],
  [/(127\.0\.0\.1):\d{4,5}/g, '$1:*'],
  [/0\.0\.0\.0:\d{4,5}/g, '0.0.0.0:*'],
  [/\b[0-9a-f]{3,16}->[0-9a-f]{3,16}/g, '*->*'],
];

function steady(line: string): string {
  const text = UNSTEADY.reduce((done, [pattern, by]) => done.replace(pattern, by), line);
  return text.trimEnd();
}

/** `# case` and its lines. */
export function parseExpected(file: string): Lines {
  const cases = new Map<string, string[]>();
  let present: string[] = [];
  for (const line of readFileSync(path.join(import.meta.dirname, file), 'latin1').split('\n')) {
    if (line.startsWith('# ')) {
      present = [];
      cases.set(line.slice(2), present);
    } else if (line !== '') present.push(line);
  }
  return cases;
}

export function formatExpected(lines: Lines): string {
  return [...lines].map(([name, list]) => `# ${name}\n${list.map((line) => `${line}\n`).join('')}`).join('\n');
}

/** Cases whose text differs from sysdig's for a reason that is not the sensor's. */
export const knownDifferences: Readonly<Record<string, string>> = {
  nanosleep: 'intervals below a millisecond: 1e-06s there',
  'socket raw': 'the letter of the protocol of raw sockets',
  open_by_handle_at: 'sysdig shows none that failed',
  connect: 'a unix socket that is asked to connect to an internet address (32-bit case)',
};

const newerNames = new Set(eventTypes.filter(({ id }) => id >= NEWER).map(({ name }) => name));

/** A line as sysdig 0.29.3 prints it: it has no name for a file that was made. */
export function namedBy0293(line: string): string {
  return line.replace('|O_F_CREATED)', ')');
}

/** Whether sysdig 0.29.3 knows the type that this line is of. */
export function isKnownTo0293(line: string): boolean {
  const name = line.split(' ')[1] ?? '';
  return !newerNames.has(name) || eventTypes.some((type) => type.id < NEWER && type.name === name);
}
