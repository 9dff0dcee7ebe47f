/** Chisels that show what is exchanged with an address or a port, or written to logs. */
import { addressArgument, numberArgument } from './arguments.ts';
import type { Chisel, ChiselArgument, ChiselHost, ChiselOutput } from './chisel.ts';
import { BLUE, disableColour, GREEN, painter, RED, YELLOW } from './colours.ts';
import { formatBytes } from './sizes.ts';
import { saveAround, windowArguments } from './windows.ts';

const DONE = 'evt.is_io=true and evt.dir=< and evt.rawres > 0';

export const spyIp = conversation('spy_ip', 'data exchanged with an IP address', {
  argument: { name: 'host_ip', doc: 'IPv4 or IPv6 address of either end', required: true },
  filter: (found) => `fd.ip=${addressArgument('spy_ip', 'host_ip', found)}`,
});

export const spyPort = conversation('spy_port', 'data exchanged over a port', {
  argument: { name: 'host_port', doc: 'port of either end', required: true },
  filter: (found) => `fd.port=${numberArgument('spy_port', 'host_port', found, 0)}`,
});

interface Conversation {
  readonly argument: ChiselArgument;
  readonly filter: (found: string) => string;
}

function conversation(name: string, summary: string, { argument, filter }: Conversation): Chisel {
  return {
    name,
    category: 'Net',
    summary,
    args: [argument, disableColour],
    create<C>(host: ChiselHost<C>, [found = '', plain]: readonly string[], out: ChiselOutput) {
      const paint = painter(out, plain);
      const bytes = host.number('evt.rawres');
      const data = host.data();
      const show = (what: string, colour: string) => (c: C) => {
        paint.line(colour, `------ ${what} ${formatBytes(bytes(c))}`);
        out.line(data(c) ?? '');
      };
      const own = `${DONE} and ${filter(found)}`;
      host.subscribe(`${own} and evt.is_io_read=true`, show('Read', RED));
      host.subscribe(`${own} and evt.is_io_write=true`, show('Write', BLUE));
      return paint.end;
    },
  };
}

const LOG_FILES = '(fd.name contains .log or fd.name contains _log or fd.name startswith /var/log)';

export const spyLogs: Chisel = {
  name: 'spy_logs',
  category: 'Logs',
  summary: 'lines that processes write to log files',
  args: [...windowArguments, disableColour],
  create<C>(host: ChiselHost<C>, [path, ms, plain]: readonly string[], out: ChiselOutput) {
    const paint = painter(out, plain);
    const where = host.text('*%proc.name %fd.name');
    const data = host.data(true);
    const mark = saveAround('spy_logs', host, path, ms);
    host.subscribe(`${DONE} and evt.is_io_write=true and fd.type=file and ${LOG_FILES}`, (c) => {
      mark(c);
      for (const line of linesOf(data(c))) paint.line(severityColour(line), `${where(c)} ${line}`);
    });
    return paint.end;
  },
};

const FACILITIES = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'clock', 'authpriv', 'ftp'],
  ...['ntp', 'logaudit', 'logalert', 'cron', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5'],
  ...['local6', 'local7'],
];
const SEVERITIES = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];
const ERR = 3;

export const spySyslog: Chisel = {
  name: 'spy_syslog',
  category: 'Logs',
  summary: 'messages that processes send to syslog',
  args: [...windowArguments, disableColour],
  create<C>(host: ChiselHost<C>, [path, ms, plain]: readonly string[], out: ChiselOutput) {
    const paint = painter(out, plain);
    const who = host.text('*%proc.name[%proc.pid]');
    const bytes = host.bytes();
    const mark = saveAround('spy_syslog', host, path, ms);
    host.subscribe(`${DONE} and evt.is_io_write=true and fd.type=unix and fd.name contains /dev/log`, (c) => {
      const [, number, message] = /^<(\d{1,3})>(.*)/s.exec(textOf(bytes(c))) ?? [];
      if (number === undefined || message === undefined) return;
      mark(c);
      const severity = Number(number) & 7;
      const facility = FACILITIES[Number(number) >> 3] ?? '<NA>';
      const colour = severity <= ERR ? RED : severity === ERR + 1 ? YELLOW : GREEN;
      for (const line of linesOf(message)) {
        paint.line(colour, `${facility}.${SEVERITIES[severity]} ${who(c)} ${line}`);
      }
    });
    return paint.end;
  },
};

/** Bytes as text without control characters but line feeds. */
function textOf(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? [])
    .toString('latin1')
    .replace(/[^\x20-\x7e\n]/g, '.');
}

function linesOf(text: string | null): string[] {
  return (text ?? '').split('\n').filter((line) => line !== '');
}

function severityColour(line: string): string {
  if (/\b(error|fail|fatal|critical|emerg|alert)/i.test(line)) return RED;
  return /\bwarn/i.test(line) ? YELLOW : GREEN;
}
