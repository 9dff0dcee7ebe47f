/**
 * Downloads over FTP (RFC 959, 2428), passive only: the control connection is passed on line by line, commands that are not
 * in the table are refused here. A passive answer is remembered with the server's own address, whatever the answer says, so
 * no third machine can be named; the data connection that follows is stored by its hash.
 */
import { connect, type Socket } from 'node:net';
import type { EgressLog } from './log.ts';
import type { ObjectStore } from './objects.ts';
import { isForbidden } from './policy.ts';
import type { Destination } from './record.ts';

export interface FtpOptions {
  readonly log: EgressLog;
  readonly objects: ObjectStore;
}

interface Expected {
  readonly until: number;
  readonly session: { command: string };
}

const COMMANDS = new Set(
  'USER PASS ACCT CWD XCWD CDUP PWD XPWD TYPE MODE STRU SIZE MDTM PASV EPSV RETR LIST NLST MLSD SYST FEAT OPTS REST NOOP QUIT ABOR HELP'.split(
    ' ',
  ),
);
const SECRET = /^(PASS)\b.*/i;
const MAX_LINE = 512;
const SESSION_LIMIT = 120_000;
const DATA_LIMIT = 30_000;
const MOST_EXPECTED = 64;

export class FtpMediator {
  private readonly options: FtpOptions;
  /** `address:port` of data connections that may come. */
  private readonly expected = new Map<string, Expected>();

  constructor(options: FtpOptions) {
    this.options = options;
  }

  /** Whether a passive answer has announced this connection. */
  expects({ address, port }: Destination): boolean {
    const found = this.expected.get(`${address}:${port}`);
    return found !== undefined && found.until > Date.now();
  }

  control(victim: Socket, to: Destination): void {
    const { log } = this.options;
    if (isForbidden(to.address)) {
      log.note('ftp', { ...to, outcome: 'refused' });
      victim.destroy();
      return;
    }
    const session = { command: '' };
    const server = connect({ host: to.address, port: to.port, timeout: DATA_LIMIT });
    const timer = setTimeout(() => server.destroy(), SESSION_LIMIT);
    onLines(victim, (line) => {
      const command = line.split(' ')[0]?.toUpperCase() ?? '';
      log.note('ftp', {
        ...to,
        outcome: COMMANDS.has(command) ? 'command' : 'refused',
        line: line.replace(SECRET, '$1'),
      });
      if (!COMMANDS.has(command)) return void victim.write('502 Command not implemented.\r\n');
      if (command === 'RETR' || command === 'LIST' || command === 'NLST' || command === 'MLSD') session.command = line;
      server.write(`${line}\r\n`);
    });
    onLines(server, (line) => victim.write(`${this.noticePassive(line, to, session)}\r\n`));
    for (const [one, other] of [
      [victim, server],
      [server, victim],
    ] as const) {
      one.on('timeout', () => one.destroy());
      one.on('end', () => one.end());
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroySoon());
    }
    server.on('close', () => clearTimeout(timer));
  }

  data(victim: Socket, to: Destination): void {
    const { log, objects } = this.options;
    const key = `${to.address}:${to.port}`;
    const session = this.expected.get(key)?.session;
    this.expected.delete(key);
    const writer = objects.begin();
    const server = connect({ host: to.address, port: to.port, timeout: DATA_LIMIT });
    server.on('data', (chunk) => {
      if (!writer.write(chunk)) {
        server.destroy();
        victim.destroy();
      } else if (!victim.write(chunk)) server.pause();
    });
    victim.on('drain', () => server.resume());
    // Nothing goes out on a data connection.
    victim.on('data', () => victim.destroy());
    server.on('end', () => victim.end());
    server.on('timeout', () => server.destroy());
    server.on('error', () => victim.destroy());
    victim.on('error', () => server.destroy());
    victim.on('close', () => server.destroy());
    server.on('close', () => {
      victim.destroySoon();
      const object = writer.end();
      if (object !== undefined) log.addStored(object.bytes);
      const fields = { ...to, line: session?.command ?? '', ...object };
      if (object?.cut === true) log.limit('ftp', fields);
      else log.note('ftp', { ...fields, outcome: 'stored' });
    });
  }

  /** `227 … (h1,h2,h3,h4,p1,p2)` and `229 … (|||port|)`. */
  private noticePassive(line: string, { address }: Destination, session: { command: string }): string {
    const passive = /^227 .*?(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})/.exec(line);
    const extended = /^229 .*\(\|\|\|(\d{1,5})\|\)/.exec(line);
    const port = passive === null ? Number(extended?.[1]) : Number(passive[5]) * 256 + Number(passive[6]);
    if (!(port >= 1024 && port < 65_536)) return line;
    for (const [key, { until }] of this.expected) if (until < Date.now()) this.expected.delete(key);
    if (this.expected.size >= MOST_EXPECTED) return '421 Too many connections.';
    this.expected.set(`${address}:${port}`, { until: Date.now() + DATA_LIMIT, session });
    if (passive === null) return line;
    return `227 Entering Passive Mode (${[...address.split('.'), port >> 8, port & 255].join(',')}).`;
  }
}

/** Calls back with each line, without its end; a longer one than a command may be ends the connection. */
function onLines(socket: Socket, take: (line: string) => void): void {
  let rest = '';
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1');
    const lines = rest.split(/\r?\n/);
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE || lines.some((line) => line.length > MAX_LINE)) return void socket.destroy();
    for (const line of lines) take(line);
  });
}
