/**
 * Chisels that list what the machine looks like at a moment: at the first event that passes the user's filter, so
 * `evt.num=1000` chooses it, or at the end of the capture.
 */
import { choiceArgument } from './arguments.ts';
import type { Chisel, ChiselArgument, ChiselHost, ChiselOutput } from './chisel.ts';
import { formatBytes } from './sizes.ts';

const args: readonly ChiselArgument[] = [
  { name: 'filter', doc: 'only what passes this filter over proc.*, user.* and fd.* fields', takes: 'filter' },
  {
    name: 'at',
    doc: 'first (default): at the first event that passes the filter of the command line; end: at the end',
  },
];

const KB = 1024;

type Print<C> = (host: ChiselHost<C>, filter: string, out: ChiselOutput) => () => void;

function stateChisel(name: string, summary: string, make: <C>(...args: Parameters<Print<C>>) => () => void): Chisel {
  return {
    name,
    category: 'System State',
    summary,
    args,
    create(host, given, out) {
      // "end" alone stands for the second argument.
      const [filter = '', at] = given.length === 1 && /^(first|end)$/.test(given[0] ?? '') ? ['', given[0]] : given;
      const when = choiceArgument(name, 'at', at, ['first', 'end']);
      const print = make(host, filter, out);
      let printed = false;
      const once = () => {
        if (!printed) print();
        printed = true;
      };
      if (when === 'first') {
        host.subscribe('evt.type != container', () => {
          once();
          host.stop();
        });
      }
      return once;
    },
  };
}

/** A cell cut to leave one blank before the next. */
const cell = (text: string | null, width: number) => (text ?? '').slice(0, width - 1).padEnd(width);

export const lsof = stateChisel('lsof', 'open descriptors of all processes', (host, filter, out) => {
  const each = host.descriptors(filter);
  const columns = [
    [host.text('*%proc.name'), 20],
    [host.text('*%proc.pid'), 8],
    [host.text('*%thread.tid'), 8],
    [host.text('*%user.name'), 8],
    [host.text('*%fd.num'), 8],
    [host.text('*%fd.type'), 12],
  ] as const;
  const name = host.text('%fd.name');
  return () => {
    out.line('COMMAND             PID     TID     USER    FD      TYPE        NAME');
    each((c) => out.line(columns.map(([text, width]) => cell(text(c), width)).join('') + (name(c) ?? '')));
  };
});

/** No limit is written as the largest number. */
function limitText(limit: number): string {
  if (Number.isNaN(limit)) return '';
  return limit >= 2 ** 32 - 1 || limit < 0 ? 'unlimited' : String(limit);
}

export const ps = stateChisel('ps', 'processes and their threads', (host, filter, out) => {
  const each = host.threads(filter);
  const [tid, pid, user] = [host.text('*%thread.tid'), host.text('*%proc.pid'), host.text('*%user.name')];
  const [virtual, resident] = [host.number('proc.vmsize'), host.number('proc.vmrss')];
  const [limit, name] = [host.number('proc.fdlimit'), host.text('*%proc.name')];
  return () => {
    out.line('TID     PID     USER        VIRT       RES        FDLIMIT   CMD                 ');
    each((c) => {
      const sizes = [virtual(c), resident(c)].map((kb) => cell(formatBytes(kb * KB), 11)).join('');
      out.line(
        `${cell(tid(c), 8)}${cell(pid(c), 8)}${cell(user(c), 12)}${sizes}${cell(limitText(limit(c)), 10)}${name(c)}`,
      );
    });
  };
});

/** IPv4 through a socket of IPv6 is shown as what it is. */
const asIpv4 = (end: string | null) => (end ?? '').replace(/^::ffff:(?=\d+\.)/, '');

export const netstat = stateChisel('netstat', 'connections and listening sockets', (host, filter, out) => {
  const sockets = 'fd.type in (ipv4, ipv6) and fd.sport exists';
  const each = host.descriptors(filter === '' ? sockets : `(${filter}) and ${sockets}`);
  const server = host.text('*%fd.sip:%fd.sport');
  const client = host.text('%fd.cip:%fd.cport');
  const [proto, owner] = [host.text('*%fd.l4proto'), host.text('*%thread.tid/%proc.pid/%proc.name')];
  return () => {
    out.line('Proto Server Address           Client Address           State          TID/PID/Program Name');
    each((c) => {
      const far = client(c);
      const state = far === null ? 'LISTEN' : 'ESTABLISHED';
      const shown = [server(c), far ?? '0.0.0.0:*'].map((end) => (far === null ? end : asIpv4(end)));
      const ends = shown.map((end) => cell(end, 25)).join('');
      out.line(`${cell(proto(c), 6)}${ends}${state.padEnd(15)}${owner(c)}`);
    });
  };
});
