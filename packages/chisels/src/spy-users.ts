/**
 * `spy_users`: what people (and intruders) type in their shells: every command that was started below a login shell, and
 * changes of directory. A command stands three blanks deeper than the one that started it.
 */
import type { Chisel, ChiselHost, ChiselOutput } from './chisel.ts';
import { fail } from './errors.ts';

const DEFAULT_DEPTH = 20;
const INDENT = '   ';

export const spyUsers: Chisel = {
  name: 'spy_users',
  category: 'Security',
  summary: 'commands that users run in their shells, indented by who started whom',
  args: [{ name: 'max_depth', doc: `commands deeper than this many levels are left out; default ${DEFAULT_DEPTH}` }],
  create<C>(host: ChiselHost<C>, [depth]: readonly string[], out: ChiselOutput) {
    const limit = depth === undefined ? DEFAULT_DEPTH : levels(depth);
    const level = shellLevel(host, limit + 1);
    const head = host.text('*%proc.loginshellid %evt.time.s %user.name) ');
    const show = (text: (c: C) => string | null, deeper: number) => (c: C) => {
      const at = level(c) + deeper;
      if (at >= 0 && at <= limit) out.line(`${INDENT.repeat(at)}${head(c)}${text(c)}`.trimEnd());
    };
    const done = 'evt.dir=< and evt.rawres >= 0 and proc.loginshellid >= 0';
    host.subscribe(`evt.type in (execve, execveat) and ${done}`, show(host.text('*%proc.exe %proc.args'), 0));
    host.subscribe(`evt.type=chdir and ${done} and proc.name endswith sh`, show(host.text('*cd %evt.arg.path'), 1));
    return () => undefined;
  },
};

const MAX_STARTED = 1 << 18;

/**
 * Processes above the event's that were started below the login shell while we watched, the nearest first; -1 for the
 * shell itself. What ran before the capture began was not shown, so it doesn't count.
 */
function shellLevel<C>(host: ChiselHost<C>, limit: number): (c: C) => number {
  const shell = host.number('proc.loginshellid');
  const pid = host.number('proc.pid');
  const child = host.number('evt.rawres');
  const ancestors = Array.from({ length: limit + 1 }, (_, i) => host.number(`proc.apid[${i + 1}]`));
  const started = new Set<number>();
  const mark = (id: number) => {
    if (started.size === MAX_STARTED) started.clear();
    started.add(id);
  };
  const done = 'evt.dir=< and proc.loginshellid >= 0';
  const forks = `evt.type in (clone, clone3, fork, vfork) and ${done} and evt.rawres >= 0`;
  host.subscribe(forks, (c) => mark(child(c) === 0 ? pid(c) : child(c)));
  host.subscribe(`evt.type in (execve, execveat) and ${done} and evt.rawres >= 0`, (c) => mark(pid(c)));
  return (c) => {
    const id = shell(c);
    const own = pid(c);
    if (own === id) return -1;
    let level = started.has(own) ? 0 : -1;
    for (const ancestor of ancestors) {
      const found = ancestor(c);
      if (found === id || !started.has(found)) return level;
      level++;
    }
    return level;
  };
}

function levels(text: string): number {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  throw fail('WG_CHISEL_ARGUMENT', {
    name: 'spy_users',
    argument: 'max_depth',
    expected: 'a number from 0 to 99',
    found: text,
  });
}
