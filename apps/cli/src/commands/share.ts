/** `waspglass share`: sets up a Samba share that honeypots can only add to, and tries whether that holds. */
import path from 'node:path';
import {
  type AttackResult,
  DROP_SHARE,
  isAccountName,
  isBroken,
  type MadeShare,
  RECEIPTS_SHARE,
  readCredentials,
  setUpShare,
  tryAttacks,
} from '@waspglass/evidence';
import { escapeControl } from '@waspglass/kit';
import { type Command, type Io, UsageError } from '../command.ts';
import { fail } from '../errors.ts';
import { parseOptions } from '../options.ts';

const SERVER_CONFIG = '/etc/samba/smb.conf';

export const share: Command = {
  name: 'share',
  summary:
    'init makes accounts, folders and configuration of a share that honeypots only add to; check tries to break it with their own account.',
  usage: 'init --path DIR --user NAME[,NAME…] [--server-config FILE] | check --share //SERVER/NAME --credentials FILE',
  options: [
    { flags: '--path DIR', doc: 'init: folder of the share on this machine; made when missing' },
    { flags: '--user NAME[,NAME...]', doc: 'init: an account for each honeypot; made when missing' },
    { flags: '--server-config FILE', doc: `init: smb.conf of the server (default ${SERVER_CONFIG})` },
    { flags: '--share //SERVER/NAME', doc: 'check: the share, as evidence.smb_share has it' },
    { flags: '--credentials FILE', doc: "check: the honeypot's own credentials, mode 0600" },
    { flags: '--receipts //SERVER/NAME', doc: 'check: the share of receipts, which must be read-only' },
    { flags: '--other NAME', doc: 'check: account of another honeypot, whose folder must be out of reach' },
    { flags: '--port N', doc: 'check: port of the server (default 445)' },
    { flags: '--json', doc: 'check: one JSON object for each attack' },
  ],
  examples: [
    ['sudo waspglass share init --path /srv/evidence --user bee,wasp', 'on the machine of the share'],
    [
      'waspglass share check --share //evidence.example/waspglass --credentials /etc/waspglass/share.credentials',
      'on the honeypot, or anywhere',
    ],
  ],
  async run([action = '', ...args], io) {
    if (action === 'init') return init(args, io);
    if (action === 'check') return check(args, io);
    throw new UsageError(`found "${action}", expected init or check`);
  },
};

async function init(args: readonly string[], io: Io): Promise<number> {
  const options = parseOptions(args, { path: 'value', user: 'value', 'server-config': 'value' });
  const users = (options.user ?? '').split(',').filter((name) => name !== '');
  const directory = options.path ?? '';
  if (!path.isAbsolute(directory) || /[\s%"]/.test(directory))
    throw new UsageError('--path needs an absolute path without blanks, quotes and %');
  const wrong = users.find((name) => !isAccountName(name));
  if (users.length === 0 || wrong !== undefined)
    throw new UsageError(`--user: found "${wrong ?? ''}", expected names of lower-case letters, digits and hyphens`);
  const uid = process.getuid?.() ?? -1;
  if (uid !== 0) throw fail('WG_UP_NOT_ROOT', { uid });
  const serverConfig = options['server-config'] ?? SERVER_CONFIG;
  const made = setUpShare({ directory: path.normalize(directory), users, serverConfig });
  await io.out(nextSteps(directory, serverConfig, made));
  return 0;
}

function nextSteps(
  directory: string,
  serverConfig: string,
  { configFile, credentials, hasModules }: MadeShare,
): string {
  const first = hasModules
    ? ''
    : ' 0. For a second wall:  apt-get install samba-vfs-modules  and run this command again (it uses worm and full_audit)\n';
  return `The share is prepared. What is left to do:
${first} 1. As the last line of ${serverConfig}:  include = ${configFile}
    then:  smbcontrol all reload-config
 2. Move each file of credentials to its honeypot (mode 0600), where it becomes evidence.smb_credentials:
${credentials.map((file) => `      ${file}\n`).join('')}    with evidence.smb_share: //THIS MACHINE/${DROP_SHARE}, evidence.smb_mode: drop,
    evidence.receipts: //THIS MACHINE/${RECEIPTS_SHARE}
 3. Move captures/chain.key of each honeypot here once it is up, and run as a service:
      waspglass verify --directory ${directory}/evidence --receipts ${directory}/receipts --key FILE
 4. Try it:  waspglass share check --share //THIS MACHINE/${DROP_SHARE} --credentials FILE
`;
}

async function check(args: readonly string[], io: Io): Promise<number> {
  const options = parseOptions(args, {
    share: 'value',
    credentials: 'value',
    receipts: 'value',
    other: 'value',
    port: 'value',
    json: 'flag',
  });
  const place = options.share ?? '';
  if (!/^\/\/[^/]+\/[^/]+/.test(place) || options.credentials === undefined)
    throw new UsageError('check needs --share //SERVER/NAME and --credentials FILE');
  const port = Number(options.port ?? 445);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new UsageError('--port needs a port from 1 to 65535');
  const credentials = readCredentials(options.credentials);
  const server = { share: place, port, credentials, encrypt: true };
  const { receipts = '', other = 'other' } = options;
  const results = await tryAttacks({ server, receipts, other }, io.signal);
  const lines = results.map((result) => (options.json ? JSON.stringify(result) : print(result)));
  await io.out(`${lines.join('\n')}\n`);
  const wrong = results.filter(isBroken).length;
  if (!options.json) await io.out(wrong === 0 ? 'The share holds.\n' : `${wrong} of ${results.length} are WRONG.\n`);
  return wrong === 0 ? 0 : 1;
}

function print(result: AttackResult): string {
  const { what, expected, outcome, answer } = result;
  const isHarmless = expected === 'harmless' && outcome === 'allowed';
  const verdict = isBroken(result) ? `  WRONG, must be ${expected}` : isHarmless ? 'but harmless' : '';
  return `${what.padEnd(40)} ${outcome.padEnd(8)} ${escapeControl(answer)}${verdict}`.trimEnd();
}
