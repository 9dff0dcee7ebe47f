/** Chisels that look for one kind of attack or take out what was sent. */
import type { Chisel, ChiselHost, ChiselOutput } from './chisel.ts';

const MAX_SHOWN = 200;

export const shellshockDetect: Chisel = {
  name: 'shellshock_detect',
  category: 'Security',
  summary: 'starts of bash with a function in the environment that goes on after its end (CVE-2014-6271)',
  args: [],
  create<C>(host: ChiselHost<C>, _: readonly string[], out: ChiselOutput) {
    const head = host.text('*%evt.datetime %proc.pname %proc.pid');
    const env = host.text('%proc.env');
    const line = (time: string, process: string, pid: string, rest: string) =>
      `${time.padEnd(30)}${process.padEnd(16)}${pid.padEnd(8)}${rest}`.trimEnd();
    out.line(line('TIME', 'PROCESS', 'PID', 'FUNCTION'));
    const shells = 'proc.name in (bash, sh, ash, dash)';
    host.subscribe(`evt.type in (execve, execveat) and evt.dir=< and ${shells} and proc.env contains "() {"`, (c) => {
      const found = /\S+=\(\) \{.*/.exec(env(c) ?? '')?.[0];
      const [date = '', time = '', process = '', pid = ''] = (head(c) ?? '').split(' ');
      if (found !== undefined) out.line(line(`${date} ${time}`, process, pid, found.slice(0, MAX_SHOWN)));
    });
    return () => undefined;
  },
};

const FOLDER = 'udp_dump_files';
const MAX_FILES = 10_000;

export const udpExtract: Chisel = {
  name: 'udp_extract',
  category: 'Net',
  summary: `data of UDP connections but DNS, each in a file of its own in ./${FOLDER}`,
  args: [],
  create<C>(host: ChiselHost<C>, _: readonly string[], out: ChiselOutput) {
    const name = host.text('%fd.name');
    const bytes = host.bytes();
    const files = new Set<string>();
    const own = 'evt.is_io=true and evt.dir=< and evt.rawres > 0 and fd.l4proto=udp and not fd.port=53';
    host.subscribe(own, (c) => {
      const data = bytes(c);
      const tuple = name(c);
      if (data === null || tuple === null || tuple === '') return;
      const file = tuple.replaceAll('->', '--').replace(/[^\w.-]/g, '_');
      if (!files.has(file) && files.size === MAX_FILES) return;
      files.add(file);
      host.append(`${FOLDER}/${file}`, data);
    });
    return () => {
      if (files.size > 0) out.line(`${files.size} files in ./${FOLDER}`);
    };
  },
};
