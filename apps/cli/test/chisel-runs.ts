/**
 * Recorded chisel runs of the shared material, compared with ours. What differs on purpose (docs/differences.md) is
 * taken out on both sides first: colours, container marks, numbers printed as 12.0, trailing blanks, and the order of
 * rows where sysdig's is random.
 */
import { read } from '../src/commands/read.ts';
import { runCommand } from './run.ts';
import { capturePath, type ExpectedRun, expectedRuns, sharedText } from './shared.ts';

export interface ChiselResult {
  readonly tool: string;
  readonly chisel: string;
  readonly capture: string;
  readonly equal: number;
  readonly total: number;
  /** Lines that only one side has. */
  readonly missing: readonly string[];
  readonly extra: readonly string[];
}

/** Chisels whose rows come in random order from sysdig. */
const UNORDERED = new Set(['list_login_shells', 'lsof', 'ps', 'netstat', 'topconns', 'topfiles_bytes', 'topprocs_cpu']);

/** 0.41.4 prints some of their integers as 12.0, or 12. when cut. */
const WITH_FRACTIONS = new Set(['list_login_shells', 'lsof', 'netstat', 'ps', 'spy_file', 'spy_users']);
const FRACTION = /(?<=^ *|[\s:/(])(\d+)\.0?(?=[\s/)]|$)/gm;
const RANKED = new Set(['topconns', 'topfiles_bytes']);

export const RECORDED = [
  'echo_fds',
  'httplog',
  'list_login_shells',
  'lsof',
  'netstat',
  'ps',
  'spy_file',
  'spy_syslog',
  'spy_users',
  'stdin',
  'topconns',
  'topfiles_bytes',
  'topprocs_cpu',
] as const;

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
const COLOUR = /\u001b\[\d+m/g;

export async function compareChisel(run: ExpectedRun): Promise<ChiselResult> {
  const chisel = run.job.replace('chisel-', '');
  const args = [capturePath(run.capture), ...(chisel === 'echo_fds' ? ['-A'] : []), '-c', chisel];
  const { out } = await runCommand(read, args);
  const text = run.stdout_file === undefined ? '' : sharedText(`expected/${run.stdout_file}`);
  const expected = linesOf(chisel, text);
  const found = linesOf(chisel, out);
  const ranked = RANKED.has(chisel);
  const { equal, missing, extra } = difference(
    ranked ? withoutTies(expected) : expected,
    ranked ? withoutTies(found) : found,
    UNORDERED.has(chisel),
  );
  return { tool: run.tool, chisel, capture: run.capture, equal, total: expected.length, missing, extra };
}

/** Rows with the value of the last one are random when the list is full: their value stands for them. */
export function withoutTies(lines: readonly string[]): string[] {
  const last = lines.at(-1)?.split(' ')[0];
  return lines.map((line) => (line.split(' ')[0] === last ? `${last}` : line));
}

/**
 * Runs of one version that printed something and ended well. 0.29.3 doesn't understand captures without enter events, so
 * what it says of those is no measure; nor is 0.41.4 without its container plugin for chisels that name containers.
 */
export function chiselRuns(tool: string): ExpectedRun[] {
  const old = tool === 'sysdig-0.29.3';
  return RECORDED.flatMap((name) => expectedRuns(tool, `chisel-${name}`)).filter(
    (run) => run.exit_code === 0 && run.stdout_file !== undefined && !(old && run.capture.startsWith('honeypot-')),
  );
}

function linesOf(chisel: string, text: string): string[] {
  const uncoloured = text.replace(COLOUR, '');
  const whole = WITH_FRACTIONS.has(chisel) ? uncoloured.replace(FRACTION, '$1') : uncoloured;
  const plain = whole
    .replaceAll(' [host] [---]  ', ' ')
    .replaceAll('@host)', ')')
    .split('\n')
    .map((line) => line.trimEnd());
  while (plain.at(-1) === '') plain.pop();
  // 0.41.4 indents by four blanks.
  if (chisel === 'spy_users' && text.includes('@host)')) {
    return plain.map((line) => line.replace(/^ +/, (blanks) => ' '.repeat((blanks.length * 3) / 4)));
  }
  if (chisel === 'echo_fds') return plain.map((line) => line.replace(/^(------ .*? (?:from|to)) +/, '$1 '));
  if (chisel === 'ps') return plain.map((line) => line.replace(/ (unlimited|429496729) /, ' - ').replace(/ +/g, ' '));
  // The shares are of another time span: docs/differences.md. Who has one must be the same.
  if (chisel === 'topprocs_cpu')
    return withoutTies(plain).map((line) => (/^[\d.]+%$/.test(line) ? 'as the last' : line.replace(/^[\d.]+% +/, '')));
  if (chisel === 'stdin') return plain.map(withoutControl).filter((line) => line !== '');
  if (chisel === 'spy_file') return plain.map((line) => withoutControl(line).replace(/(?<= R 0B .*) NULL$/, ''));
  if (chisel === 'list_login_shells') return shellIds(plain);
  if (chisel === 'spy_syslog') return plain.map((line) => line.replace(/^(\w+) +--- +host\./, '$1.'));
  return plain.map((line) => (UNORDERED.has(chisel) ? line.replace(/ +/g, ' ') : line));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: sysdig prints bytes as they are, waspglass only what is safe
const CONTROL = /[\u0000-\u001f\u007f-\uffff]/g;

const withoutControl = (line: string) => line.replace(CONTROL, '').trimEnd();

/** 0.29.3 and 0.41.4 list each id three times and nothing else of it. */
function shellIds(lines: readonly string[]): string[] {
  const [head = '', ...rows] = lines;
  return [head, ...new Set(rows.map((row) => row.split(' ')[0] ?? ''))];
}

function difference(expected: readonly string[], found: readonly string[], unordered: boolean) {
  if (!unordered) return inOrder(expected, found);
  const left = new Map<string, number>();
  for (const line of found) left.set(line, (left.get(line) ?? 0) + 1);
  const missing = expected.filter((line) => {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    return count === 0;
  });
  const extra = [...left].flatMap(([line, count]) => Array.from({ length: count }, () => line));
  return { equal: expected.length - missing.length, missing, extra };
}

/** Lines in their places; where ours are some of sysdig's in the same order, what is missing of those. */
function inOrder(expected: readonly string[], found: readonly string[]) {
  const missing: string[] = [];
  let next = 0;
  for (const line of expected) {
    if (line === found[next]) next++;
    else missing.push(line);
  }
  if (next === found.length) return { equal: expected.length - missing.length, missing, extra: [] };
  const differs = (lines: readonly string[], others: readonly string[]) =>
    lines.filter((line, i) => line !== others[i]);
  const wrong = differs(expected, found);
  return { equal: expected.length - wrong.length, missing: wrong, extra: differs(found, expected) };
}
