/**
 * Passwords that people of a session give to su, sudo, login, passwd and chpasswd, as these programs read them from a
 * terminal or from their standard input: line by line, some of them byte by byte. Whether one was right shows in what
 * follows: a program is started for whom it let in; the others end, or ask again.
 */
import type { EventContext } from '@waspglass/fields';
import type { Inspector } from '@waspglass/inspect';
import type { CaptureReference } from '@waspglass/logs';
import { T } from '@waspglass/state';
import { argumentsOf, data, exitTypes, fdName, isoTime, number, pidOf, threadText, timeOf } from './event-view.ts';

interface Program {
  /** Whose password it is, from the command line. */
  readonly user: (args: readonly string[]) => string | undefined;
  /** It changes passwords: right when it ends well, however many lines it read. */
  readonly changes?: boolean;
  /** Lines that are no password come first: `login` asks for the name. */
  readonly namesFirst?: boolean;
  /** Each line is `user:password`. */
  readonly pairs?: boolean;
}

const lastOperand = (args: readonly string[]) => args.slice(1).findLast((word) => !word.startsWith('-'));

const programs: Readonly<Record<string, Program>> = {
  su: { user: suUser },
  sudo: { user: () => undefined },
  login: { user: () => undefined, namesFirst: true },
  passwd: { user: lastOperand, changes: true },
  chpasswd: { user: () => undefined, changes: true, pairs: true },
};

/** Started by these programs to look at passwords: nobody is let in by that. */
const HELPERS: ReadonlySet<string> = new Set(['unix_chkpwd', 'unix_update', 'nscd', 'sss_cache', 'run-parts']);
const TERMINAL = /^\/dev\/(tty\d*|pts\/\d+|console)$/;
const MOST_PROCESSES = 4096;
const MOST_LINES = 64;
const LONGEST = 4096;
const MOST_ANCESTORS = 4;

export interface TypedPassword<O> {
  readonly owner: O;
  readonly program: string;
  readonly pid: number;
  readonly user: string | undefined;
  readonly password: string;
  /** Bytes of it that the capture does not hold. */
  readonly missing: number;
  /** Undefined: nobody saw. */
  readonly accepted: boolean | undefined;
  readonly time: string;
  readonly capture: CaptureReference | undefined;
}

interface Line {
  readonly text: string;
  readonly missing: number;
  readonly time: number;
  readonly capture: CaptureReference | undefined;
}

interface Asking<O> {
  readonly program: Program;
  readonly name: string;
  readonly pid: number;
  readonly owner: O;
  readonly user: string | undefined;
  readonly lines: Line[];
  text: string;
  missing: number;
}

export interface TypedPasswordsOptions<O> {
  /** Whose session the event belongs to; undefined: none that is followed. */
  readonly owner: (c: EventContext) => O | undefined;
  readonly reference: (c: EventContext) => CaptureReference | undefined;
  readonly tell: (password: TypedPassword<O>) => void;
}

export class TypedPasswords<O> {
  private readonly options: TypedPasswordsOptions<O>;
  private readonly asking = new Map<number, Asking<O>>();
  /** Programs that let somebody in: what they read from then on is not for them. */
  private readonly done = new Set<number>();
  private readonly symbols: ReadonlyMap<number, string>;
  private readonly unsubscribe: (() => void)[];

  constructor(inspector: Inspector, options: TypedPasswordsOptions<O>) {
    this.options = options;
    this.symbols = new Map(Object.keys(programs).map((name) => [inspector.state.symbols.of(name), name]));
    const on = (types: readonly number[], onEvent: (c: EventContext) => void) =>
      inspector.subscribe({ types, onEvent });
    this.unsubscribe = [
      on(exitTypes('read', 'readv'), (c) => this.read(c)),
      on(exitTypes('execve', 'execveat'), (c) => this.executed(c)),
      on([PROCEXIT], (c) => this.exited(c)),
    ];
  }

  finish(): void {
    for (const end of this.unsubscribe) end();
    for (const asking of this.asking.values()) this.tell(asking, undefined);
    this.asking.clear();
  }

  private read(c: EventContext): void {
    const name = this.symbols.get(c.column(T.comm, 0));
    const moved = number(c, 'res', -1);
    if (name === undefined || moved <= 0 || (c.state.fdNum !== 0 && !TERMINAL.test(fdName(c)))) return;
    const pid = pidOf(c);
    const asking = this.done.has(pid) ? undefined : (this.asking.get(pid) ?? this.begin(c, pid, name));
    if (asking === undefined) return;
    const bytes = data(c);
    asking.missing += Math.max(0, moved - bytes.length);
    asking.text += Buffer.from(bytes).toString('utf8');
    const lines = asking.text.split(/[\r\n]/);
    asking.text = (lines.pop() ?? '').slice(0, LONGEST);
    // what comes behind a line in one read is for somebody else, as with `echo PASSWORD | su`
    if (asking.program.pairs !== true && lines.length > 0) asking.text = '';
    for (const text of asking.program.pairs === true ? lines : lines.slice(0, 1)) this.line(c, asking, text);
  }

  private begin(c: EventContext, pid: number, name: string): Asking<O> | undefined {
    const owner = this.options.owner(c);
    const program = programs[name];
    if (owner === undefined || program === undefined || this.asking.size >= MOST_PROCESSES) return undefined;
    const user = program.user(argumentsOf(c));
    const asking = { program, name, pid, owner, user, lines: [], text: '', missing: 0 };
    this.asking.set(pid, asking);
    return asking;
  }

  private line(c: EventContext, asking: Asking<O>, text: string): void {
    const { lines, missing } = asking;
    asking.missing = 0;
    if (lines.length >= MOST_LINES) lines.shift();
    lines.push({ text: text.slice(0, LONGEST), missing, time: timeOf(c), capture: this.options.reference(c) });
  }

  /** A program that asks, or one of its children, starts another program. */
  private executed(c: EventContext): void {
    if (number(c, 'res', -1) !== 0 || this.asking.size === 0) return;
    if (HELPERS.has(threadText(c, c.state.thread, T.comm))) return;
    let pid = pidOf(c);
    for (let n = 1; n <= MOST_ANCESTORS; n++) {
      const asking = this.asking.get(pid);
      if (asking !== undefined && !asking.program.changes) {
        this.end(asking, true);
        this.done.add(pid);
        return;
      }
      pid = c.of(c.ancestor(n), T.pid, 0);
      if (pid <= 0) return;
    }
  }

  private exited(c: EventContext): void {
    const pid = pidOf(c);
    if (c.ev.tid !== pid) return;
    this.done.delete(pid);
    const asking = this.asking.get(pid);
    if (asking === undefined) return;
    const status = number(c, 'status', Number.NaN);
    const isGood = Number.isNaN(status) ? undefined : status === 0;
    this.end(asking, asking.program.changes === true ? isGood : isGood === undefined ? undefined : false);
  }

  private end(asking: Asking<O>, accepted: boolean | undefined): void {
    this.asking.delete(asking.pid);
    this.tell(asking, accepted);
  }

  /** Of those who let somebody in, the last line was right and those before were not. */
  private tell({ program, name, pid, owner, user, lines }: Asking<O>, accepted: boolean | undefined): void {
    let named = user;
    for (const [i, { text, missing, time, capture }] of lines.entries()) {
      if (program.namesFirst === true && i % 2 === 0) {
        named = text;
        continue;
      }
      const [left = '', right] = program.pairs === true ? splitPair(text) : [named, text];
      if (right === undefined) continue;
      const isLast = i === lines.length - 1;
      const verdict = accepted === true && program.changes !== true && !isLast ? false : accepted;
      const shown = { program: name, pid, user: left === '' ? undefined : left, password: right, missing };
      this.options.tell({ owner, ...shown, accepted: verdict, time: isoTime(time), capture });
    }
  }
}

const PROCEXIT = 186;

function splitPair(line: string): [string, string | undefined] {
  const at = line.indexOf(':');
  return at < 0 ? [line, undefined] : [line.slice(0, at), line.slice(at + 1)];
}

/** The operand before the shell's own arguments; root when there is none. */
function suUser(args: readonly string[]): string {
  const withValue = new Set(['-c', '--command', '-s', '--shell', '-g', '-G', '-w']);
  for (let i = 1; i < args.length; i++) {
    const word = args[i] ?? '';
    if (withValue.has(word)) i++;
    else if (word !== '-' && !word.startsWith('-')) return word;
  }
  return 'root';
}
