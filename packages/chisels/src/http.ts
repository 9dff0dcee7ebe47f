/**
 * `httplog` and `httptop`: HTTP requests with their answers. A request is matched with the next answer on the same
 * descriptor of the same process. Captures hold the first bytes of each buffer only, so headers may be missing.
 */
import { choiceArgument } from './arguments.ts';
import type { Chisel, ChiselHost, ChiselOutput } from './chisel.ts';
import { printTop, Sums } from './rankings.ts';
import { formatBytes, formatTime } from './sizes.ts';

const MAX_OPEN = 65_536;
const MAX_HEAD = 4096;
const MS = 1e6;
const SHOWN = 30;
const METHODS = 'GET|POST|PUT|DELETE|HEAD|OPTIONS|PATCH|TRACE|CONNECT';
const REQUEST = new RegExp(`^(${METHODS}) (\\S{1,2000})`);

interface Request {
  readonly method: string;
  readonly url: string;
  /** The process that was seen is the server. */
  readonly server: boolean;
  readonly began: number;
}

interface Answer {
  readonly code: string;
  readonly size: number;
  readonly latency: number;
}

type OnAnswer<C> = (c: C, request: Request, answer: Answer) => void;

function watch<C>(host: ChiselHost<C>, onAnswer: OnAnswer<C>): void {
  const bytes = host.bytes();
  const connection = host.text('%proc.pid %fd.num');
  const clock = host.number('evt.rawtime');
  const open = new Map<string, Request>();
  const see = (reads: boolean) => (c: C) => {
    const head = headOf(bytes(c));
    if (head === undefined) return;
    const key = connection(c);
    if (key === null) return;
    const request = requestOf(head, reads, clock(c));
    if (request !== undefined) {
      if (open.size < MAX_OPEN || open.has(key)) open.set(key, request);
      return;
    }
    const waiting = open.get(key);
    const code = /^HTTP\/[\d.]{1,8} (\d{3})/.exec(head)?.[1];
    if (code === undefined || waiting === undefined || waiting.server === reads) return;
    open.delete(key);
    const size = Number(/^content-length: *(\d{1,15})/im.exec(head)?.[1] ?? 0);
    onAnswer(c, waiting, { code, size, latency: Math.max(0, clock(c) - waiting.began) });
  };
  const done = 'evt.is_io=true and evt.dir=< and evt.rawres > 0 and fd.type in (ipv4, ipv6, unix)';
  host.subscribe(`${done} and evt.is_io_read=true`, see(true));
  host.subscribe(`${done} and evt.is_io_write=true`, see(false));
}

/** The beginning of a buffer as text, undefined when it is neither a request nor an answer. */
function headOf(bytes: Uint8Array | null): string | undefined {
  if (bytes === null || bytes.length < 12) return undefined;
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAX_HEAD)).toString('latin1');
  return head.startsWith('HTTP/') || REQUEST.test(head) ? head : undefined;
}

function requestOf(head: string, server: boolean, began: number): Request | undefined {
  const [, method, path] = REQUEST.exec(head) ?? [];
  if (method === undefined || path === undefined) return undefined;
  const named = /^host: *([^\r\n]{1,255})/im.exec(head)?.[1]?.trim() ?? '';
  const url = path.startsWith('/') ? named + path : path;
  return { method, url: url.replace(/[^\x21-\x7e]/g, '.'), server, began };
}

export const httplog: Chisel = {
  name: 'httplog',
  category: 'Application',
  summary: 'HTTP requests with the code, time and size of their answers; < as the server, > as the client',
  args: [],
  create<C>(host: ChiselHost<C>, _: readonly string[], out: ChiselOutput) {
    const time = host.text('*%evt.datetime');
    watch(host, (c, { method, url, server }, { code, size, latency }) => {
      const answer = `response_code=${code} latency=${Math.floor(latency / MS)}ms size=${formatBytes(size)}`;
      out.line(`${time(c)} ${server ? '<' : '>'} method=${method} url=${url} ${answer}`);
    });
    return () => undefined;
  },
};

const BY = ['ncalls', 'time', 'bytes'] as const;
const printers = { ncalls: String, time: formatTime, bytes: formatBytes } as const;

export const httptop: Chisel = {
  name: 'httptop',
  category: 'Application',
  summary: 'HTTP requests by number, mean time or size',
  args: [{ name: 'by', doc: 'ncalls (default), time or bytes' }],
  create(host, [chosen], out) {
    const by = choiceArgument('httptop', 'by', chosen, BY);
    const calls = new Sums();
    const sums = new Sums();
    watch(host, (_, { method, url }, { size, latency }) => {
      const key = `${method}\n${url}`;
      calls.add(key, 1);
      sums.add(key, by === 'time' ? latency : size);
    });
    // Time is that of one call: its mean.
    const top = { ncalls: () => calls.top(SHOWN), bytes: () => sums.top(SHOWN), time: () => sums.means(calls, SHOWN) };
    return () => printTop(top[by](), [by, 'method', 'url'], printers[by], out);
  },
};
