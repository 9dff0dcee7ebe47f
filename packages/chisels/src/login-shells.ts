/**
 * `list_login_shells`: each login shell once, in the order in which they appeared, with its user, container and command.
 * The id is that of the outermost shell above a process, the one that `proc.loginshellid` holds, so it can be given to
 * `spy_users proc.loginshellid=ID`. An event of the shell itself is the best source of its user and command; until there
 * is one, what an event of a descendant says is kept.
 */
import type { Chisel, ChiselHost, ChiselOutput } from './chisel.ts';

const MAX_SHELLS = 100_000;
const MAX_DEPTH = 64;

interface Shell {
  readonly id: number;
  user: string;
  container: string;
  command: string;
  /** An event of the shell itself was seen. */
  certain: boolean;
  /** The command that was asked for ran in it. */
  wanted: boolean;
}

export const listLoginShells: Chisel = {
  name: 'list_login_shells',
  category: 'Security',
  summary: 'login shells, each once, with user, container and command',
  args: [
    { name: 'command', doc: 'only shells in which a process of this name ran' },
    { name: 'arguments', doc: 'only those whose arguments contain this text' },
  ],
  create(host, [command, words], out) {
    const shells = new Map<number, Shell>();
    watch(host, shells, wantedTest(host, command, words));
    return () => print(shells, out);
  },
};

function watch<C>(host: ChiselHost<C>, shells: Map<number, Shell>, wanted: (c: C) => boolean): void {
  const shellId = host.number('proc.loginshellid');
  const pid = host.number('proc.pid');
  const user = host.text('*%user.name');
  const container = host.text('*%container.id');
  const own = host.text('*%proc.cmdline');
  const ancestor = ancestorCommand(host, pid);
  host.subscribe('proc.loginshellid >= 0', (c) => {
    const id = shellId(c);
    let shell = shells.get(id);
    if (shell === undefined) {
      if (shells.size === MAX_SHELLS) return;
      shell = { id, user: '', container: '', command: '', certain: false, wanted: false };
      shells.set(id, shell);
    }
    if (!shell.wanted && wanted(c)) shell.wanted = true;
    if (shell.certain) return;
    const itself = pid(c) === id;
    if (!itself && shell.command !== '') return;
    shell.user = user(c) ?? '';
    shell.container = container(c) ?? '';
    shell.command = (itself ? own(c) : ancestor(c, id)) ?? '';
    shell.certain = itself;
  });
}

function wantedTest<C>(host: ChiselHost<C>, command?: string, words?: string): (c: C) => boolean {
  if (command === undefined) return () => true;
  const name = host.text('%proc.name');
  const args = host.text('%proc.args');
  return (c) => name(c) === command && (words === undefined || (args(c) ?? '').includes(words));
}

/** Command line of the ancestor with a process id. */
function ancestorCommand<C>(host: ChiselHost<C>, pid: (c: C) => number): (c: C, id: number) => string | null {
  const levels = Array.from({ length: MAX_DEPTH }, (_, i) => ({
    pid: host.number(`proc.apid[${i + 1}]`),
    command: host.text(`*%proc.acmdline[${i + 1}]`),
  }));
  return (c, id) => {
    for (const level of levels) {
      const found = level.pid(c);
      if (found === id) return level.command(c);
      if (Number.isNaN(found) || found === pid(c)) return null;
    }
    return null;
  };
}

function print(shells: ReadonlyMap<number, Shell>, out: ChiselOutput): void {
  out.line('All shells:');
  for (const { id, user, container, command, wanted } of shells.values()) {
    if (wanted) out.line(`${id} ${user} ${container} ${command}`.trimEnd());
  }
}
