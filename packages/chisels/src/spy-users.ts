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
    const done = 'evt.dir=< and evt.failed=false and proc.loginshellid >= 0';
    host.subscribe(`evt.type in (execve, execveat) and ${done}`, show(host.text('*%proc.exe %proc.args'), 0));
    host.subscribe(`evt.type=chdir and ${done} and proc.name endswith sh`, show(host.text('*cd %evt.arg.path'), 1));
    return () => undefined;
  },
};

/** Processes between the event's and its login shell; -1 for the shell itself, 0 when the line of parents is broken. */
function shellLevel<C>(host: ChiselHost<C>, limit: number): (c: C) => number {
  const shell = host.number('proc.loginshellid');
  const pid = host.number('proc.pid');
  const ancestors = Array.from({ length: limit + 1 }, (_, i) => host.number(`proc.apid[${i + 1}]`));
  return (c) => {
    const id = shell(c);
    if (pid(c) === id) return -1;
    for (const [i, ancestor] of ancestors.entries()) {
      const found = ancestor(c);
      if (found === id) return i;
      if (Number.isNaN(found)) return 0;
    }
    return limit;
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
