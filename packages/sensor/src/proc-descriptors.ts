/** The open descriptors of a process, from /proc/PID/fd. */
import { statSync } from 'node:fs';
import { type DescriptorEntry, descriptorEntry, fdType } from '@waspglass/scap';
import { numbersIn, readProcLink, readProcText } from './proc-files.ts';
import type { Sockets } from './proc-network.ts';
import { openFlags } from './scap-flags.hot.ts';

const MOST = 4096;

/** What `anon_inode:` names stand for. */
const ANONYMOUS: Readonly<Record<string, number>> = {
  '[eventfd]': fdType.EVENT,
  '[eventpoll]': fdType.EVENTPOLL,
  '[signalfd]': fdType.SIGNALFD,
  '[timerfd]': fdType.TIMERFD,
  inotify: fdType.INOTIFY,
  '[userfaultfd]': fdType.USERFAULTFD,
  '[io_uring]': fdType.IOURING,
  '[pidfd]': fdType.PIDFD,
  'bpf-prog': fdType.BPF,
  'bpf-map': fdType.BPF,
};

/** At most 4096 descriptors of process `pid`; those that vanish meanwhile are left out. */
export function readDescriptors(pid: number, sockets: Sockets): DescriptorEntry[] {
  return numbersIn(`/proc/${pid}/fd`)
    .slice(0, MOST)
    .flatMap((fd) => {
      const link = readProcLink(`/proc/${pid}/fd/${fd}`);
      return link === undefined ? [] : [describe(pid, fd, link, sockets)];
    });
}

function describe(pid: number, fd: number, link: Buffer, sockets: Sockets): DescriptorEntry {
  const text = link.toString('latin1');
  const [, kind = '', inode = '0'] = /^(socket|pipe):\[(\d+)\]$/.exec(text) ?? [];
  if (kind === 'pipe') return descriptorEntry({ fd, type: fdType.FIFO, ino: BigInt(inode), name: link });
  if (kind === 'socket') {
    const socket = sockets.get(inode);
    return socket === undefined
      ? descriptorEntry({ fd, type: fdType.UNSUPPORTED, ino: BigInt(inode), name: link })
      : { ...socket, fd };
  }
  if (text.startsWith('anon_inode:')) {
    const type = ANONYMOUS[text.slice('anon_inode:'.length)] ?? fdType.UNSUPPORTED;
    return descriptorEntry({ fd, type, name: link });
  }
  return file(pid, fd, link);
}

function file(pid: number, fd: number, name: Buffer): DescriptorEntry {
  const flags = /^flags:\s+([0-7]+)$/m.exec(readProcText(`/proc/${pid}/fdinfo/${fd}`) ?? '')?.[1];
  try {
    const stat = statSync(`/proc/${pid}/fd/${fd}`, { bigint: true });
    if (stat.isDirectory()) return descriptorEntry({ fd, type: fdType.DIRECTORY, ino: stat.ino, name });
    const dev = Number(stat.dev & 0xffffffffn);
    return descriptorEntry({
      fd,
      type: fdType.FILE_2,
      ino: stat.ino,
      name,
      dev,
      flags: openFlags(Number.parseInt(flags ?? '0', 8)),
    });
  } catch {
    return descriptorEntry({ fd, type: fdType.FILE, name });
  }
}
