/** Rows of the rules about log-ins and about what a client does without typing: deeds instead of lines. */
import type { Client } from './client.ts';
import { WORKPLACE } from './row.ts';

export interface ClientRow {
  readonly rule: string;
  /** What fires it is done once for several rows. */
  readonly shared?: true;
  fires(client: Client): Promise<unknown>;
  spares(client: Client): Promise<unknown>;
}

const NAMES = ['root', 'admin', 'oracle', 'test', 'ubuntu', 'pi', 'git', 'postgres'];
/** sshd lets ten unauthenticated connections in without dropping any. */
const AT_ONCE = 6;

/** Guesses as a bot does, from the second address; once for all rules that are about it. */
let guessing: Promise<void> | undefined;
async function guessMuch(client: Client): Promise<void> {
  guessing ??= (async () => {
    const waiting = Array.from({ length: 21 }, (_, i) => i);
    const worker = async () => {
      for (let i = waiting.shift(); i !== undefined; i = waiting.shift())
        await client.guess(NAMES[i % NAMES.length] ?? '', `wr0ng-${i}`, second(client));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  })();
  await guessing;
}

const second = (client: Client): string => client.attacker.addresses[1] ?? '';
const third = (client: Client): string => client.attacker.addresses[2] ?? '';

/** A wrong password, then the right one: somebody who mistyped. */
async function mistype(client: Client): Promise<void> {
  await client.guess('user', 'usre', third(client));
  await client.command('user', 'true', third(client));
}

export const clientRows: readonly ClientRow[] = [
  { rule: 'Brute force against SSH', shared: true, fires: guessMuch, spares: mistype },
  { rule: 'Many accounts tried', shared: true, fires: guessMuch, spares: mistype },
  { rule: 'Guessing at machine speed', shared: true, fires: guessMuch, spares: mistype },
  {
    rule: 'Log-in after brute force',
    fires: async (client) => {
      await guessMuch(client);
      await client.command('user', 'true', second(client));
    },
    spares: mistype,
  },
  {
    rule: 'Log-in with a key',
    fires: (client) => client.useKey('user'),
    spares: (client) => client.command('user', 'true'),
  },
  {
    rule: 'Log-in',
    fires: (client) => client.command('user', 'true'),
    spares: (client) => client.guess('nobody-here', 'x', third(client)),
  },
  {
    rule: 'Shell under sshd',
    fires: (client) => client.type('user', 'exit\n'),
    spares: (client) => client.guess('user', 'no', third(client)),
  },
  {
    rule: 'Terminal session',
    fires: (client) => client.type('user', 'exit\n', { terminal: true }),
    spares: (client) => client.type('user', 'bash -c true\nexit\n'),
  },
  {
    rule: 'Shell history hidden',
    fires: (client) => client.type('user', 'unset HISTFILE\nexit\n', { terminal: true }),
    spares: (client) => client.type('user', 'history\necho HISTFILE\nexit\n', { terminal: true }),
  },
  {
    rule: 'Command sent without a shell session',
    fires: (client) => client.command('user', 'nproc'),
    spares: (client) => client.type('user', 'nproc\nexit\n'),
  },
  {
    rule: 'File put over SSH',
    fires: (client) => client.put('user', `${WORKPLACE}/upload`),
    spares: (client) => client.fetch('user', '/etc/hostname'),
  },
  {
    rule: 'Tunnel through sshd',
    fires: (client) => client.tunnel('user', '192.0.2.25:25'),
    spares: (client) => client.type('user', 'exit\n'),
  },
];
