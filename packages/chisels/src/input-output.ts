/**
 * Chisels that show the bytes which processes read and write: on everything, on files, on the standard streams. The
 * bytes come from the host in a form that is safe to print.
 */
import type { Chisel, ChiselHost, ChiselOutput } from './chisel.ts';
import { BLUE, disableColour, PLAIN, RED } from './colours.ts';
import { fail } from './errors.ts';
import { formatBytes } from './sizes.ts';

const DONE = 'evt.is_io=true and evt.dir=< and evt.rawres > 0';

export const echoFds: Chisel = {
  name: 'echo_fds',
  category: 'I/O',
  summary: 'the bytes that processes read and write, with a heading for each operation',
  args: [disableColour],
  create<C>(host: ChiselHost<C>, [plain]: readonly string[], out: ChiselOutput) {
    const colours = out.colours && plain === undefined;
    const where = host.text('*%fd.name (%proc.name)');
    const bytes = host.number('evt.rawres');
    const data = host.data();
    const show = (what: string, way: string, colour: string) => {
      const [head, gap] = colours ? [colour, `  ${colour} `] : ['', '  '];
      return (c: C) => {
        out.line(`${head}------ ${what} ${formatBytes(bytes(c))} ${way}${gap}${where(c)}`);
        out.line('');
        out.line(data(c) ?? '');
      };
    };
    host.subscribe(`${DONE} and evt.is_io_read=true and fd.num >= 0`, show('Read', 'from', RED));
    host.subscribe(`${DONE} and evt.is_io_write=true and fd.num >= 0`, show('Write', 'to', BLUE));
    return () => {
      if (colours) out.line(PLAIN);
    };
  },
};

export const spyFile: Chisel = {
  name: 'spy_file',
  category: 'I/O',
  summary: 'every read and write of files, or of one file',
  args: [
    { name: 'read_or_write', doc: 'R: only reads, W: only writes, RW: both' },
    { name: 'spy_on_file_name', doc: 'only the file of this name' },
  ],
  create<C>(host: ChiselHost<C>, [way = 'RW', name]: readonly string[], out: ChiselOutput) {
    if (!/^(R|W|RW)$/.test(way)) {
      throw fail('WG_CHISEL_ARGUMENT', {
        name: 'spy_file',
        argument: 'read_or_write',
        expected: 'R, W or RW',
        found: way,
      });
    }
    const head = host.text('*%evt.outputtime %proc.name(%proc.pid)');
    const file = host.text('%fd.name');
    const bytes = host.number('evt.rawres');
    const data = host.data(true);
    const show = (letter: string) => (c: C) => {
      const path = file(c);
      if (path === null || (name !== undefined && path !== name)) return;
      out.line(`${head(c)} ${letter} ${formatBytes(bytes(c))} ${path}`);
      if (bytes(c) > 0) out.line(data(c) ?? '');
    };
    const done =
      'evt.is_io=true and evt.dir=< and evt.rawres >= 0 and fd.type=file and not fd.name pmatch (/dev/pts, /dev/ptmx, /dev/tty)';
    if (way.includes('R')) host.subscribe(`${done} and evt.is_io_read=true`, show('R'));
    if (way.includes('W')) host.subscribe(`${done} and evt.is_io_write=true`, show('W'));
    return () => undefined;
  },
};

export const stdin = standardStream('stdin', 'what processes read from standard input', 'evt.is_io_read=true', 0);
export const stdout = standardStream('stdout', 'what processes write to standard output', 'evt.is_io_write=true', 1);
export const stderr = standardStream('stderr', 'what processes write to standard error', 'evt.is_io_write=true', 2);

function standardStream(name: string, summary: string, way: string, number: number): Chisel {
  return {
    name,
    category: 'I/O',
    summary,
    args: [],
    create<C>(host: ChiselHost<C>, _: readonly string[], out: ChiselOutput) {
      const data = host.data(true);
      host.subscribe(`${DONE} and ${way} and fd.num=${number}`, (c) => {
        const text = data(c);
        if (text !== null) out.line(text);
      });
      return () => undefined;
    },
  };
}
