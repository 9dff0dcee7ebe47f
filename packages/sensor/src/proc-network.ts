/**
 * Sockets and addresses of a network namespace, from /proc/PID/net: what a descriptor `socket:[inode]` is connected to, and
 * the addresses of the machine's interfaces.
 */
import { type DescriptorEntry, descriptorEntry, fdType, type InterfaceEntry, l4proto, utf8 } from '@waspglass/scap';
import { readProcLink, readProcText } from './proc-files.ts';

const MOST_LINES = 65_536;

/** Socket inode → descriptor entry with number 0. */
export type Sockets = ReadonlyMap<string, DescriptorEntry>;

/** Keeps what was read for each network namespace while a snapshot is taken. */
export class Networks {
  private readonly byNamespace = new Map<string, Sockets>();

  of(pid: number): Sockets {
    const namespace = readProcLink(`/proc/${pid}/ns/net`)?.toString('latin1') ?? `pid ${pid}`;
    let sockets = this.byNamespace.get(namespace);
    if (sockets === undefined) {
      sockets = readSockets(pid);
      this.byNamespace.set(namespace, sockets);
    }
    return sockets;
  }
}

const INET_FILES = [
  ['tcp', 4, l4proto.TCP],
  ['udp', 4, l4proto.UDP],
  ['raw', 4, l4proto.RAW],
  ['tcp6', 16, l4proto.TCP],
  ['udp6', 16, l4proto.UDP],
  ['raw6', 16, l4proto.RAW],
] as const;

function readSockets(pid: number): Sockets {
  const sockets = new Map<string, DescriptorEntry>();
  for (const [file, size, proto] of INET_FILES) {
    for (const line of lines(`/proc/${pid}/net/${file}`)) {
      const [, local = '', peer = '', , , , , , , inode = ''] = line.trim().split(/\s+/);
      const entry = inetEntry(local, peer, size, proto, inode);
      if (entry !== undefined) sockets.set(inode, entry);
    }
  }
  for (const line of lines(`/proc/${pid}/net/unix`)) {
    const [, , , , , , inode = '', path = ''] = line.trim().split(/\s+/);
    if (!/^\d+$/.test(inode)) continue;
    const source = BigInt(inode);
    sockets.set(inode, descriptorEntry({ fd: 0, type: fdType.UNIX, ino: source, source, name: utf8(path) }));
  }
  return sockets;
}

/** Lines after the heading. */
function lines(path: string): string[] {
  return (readProcText(path) ?? '')
    .split('\n', MOST_LINES)
    .slice(1)
    .filter((line) => line !== '');
}

function inetEntry(
  local: string,
  peer: string,
  size: 4 | 16,
  proto: number,
  inode: string,
): DescriptorEntry | undefined {
  const here = endpoint(local, size);
  const there = endpoint(peer, size);
  if (here === undefined || there === undefined || !/^\d+$/.test(inode)) return undefined;
  const [sip, sport] = here;
  const [dip, dport] = there;
  const server = dport === 0;
  const type = size === 4 ? (server ? fdType.IPV4_SERVER : fdType.IPV4) : server ? fdType.IPV6_SERVER : fdType.IPV6;
  return descriptorEntry({ fd: 0, type, ino: BigInt(inode), sip, sport, dip, dport, proto });
}

/** `0100007F:0016`: 32-bit words of the address in the machine's order, port. */
function endpoint(text: string, size: 4 | 16): [Uint8Array, number] | undefined {
  const [hex = '', port = ''] = text.split(':');
  if (hex.length !== size * 2 || !/^[0-9A-F]+$/i.test(hex) || !/^[0-9A-F]{4}$/i.test(port)) return undefined;
  const bytes = Buffer.from(hex, 'hex');
  return [bytes.swap32(), Number.parseInt(port, 16)];
}

/** Addresses of the victim's interfaces. The kernel's table of local addresses has no names: all but loopback get one. */
export function readInterfaces(pid: number): InterfaceEntry[] {
  const device = firstDevice(pid);
  const found = new Map<string, InterfaceEntry>();
  let address = '';
  for (const line of lines(`/proc/${pid}/net/fib_trie`)) {
    const leaf = /\|-- (\d+\.\d+\.\d+\.\d+)/.exec(line)?.[1];
    if (leaf !== undefined) address = leaf;
    else if (line.includes('/32 host LOCAL')) found.set(address, inet4Interface(address, device));
  }
  for (const line of (readProcText(`/proc/${pid}/net/if_inet6`) ?? '').split('\n')) {
    const [hex = '', , plen = '', , , name = ''] = line.trim().split(/\s+/);
    if (/^[0-9a-f]{32}$/.test(hex)) found.set(hex, inet6Interface(hex, Number.parseInt(plen, 16), name));
  }
  return [...found.values()];
}

function firstDevice(pid: number): string {
  const names = lines(`/proc/${pid}/net/dev`).map((line) => line.split(':')[0]?.trim() ?? '');
  return names.slice(1).find((name) => name !== 'lo' && name !== '') ?? 'eth0';
}

function inet4Interface(text: string, device: string): InterfaceEntry {
  const address = Uint8Array.from(text.split('.'), Number);
  const loopback = address[0] === 127;
  const mask = loopback ? [255, 0, 0, 0] : [255, 255, 255, 0];
  const broadcast = address.map((byte, i) => byte | (~(mask[i] ?? 255) & 255));
  return { name: utf8(loopback ? 'lo' : device), address, mask: Uint8Array.from(mask), broadcast, linkSpeed: 0n };
}

function inet6Interface(hex: string, prefix: number, name: string): InterfaceEntry {
  const address = Uint8Array.from(Buffer.from(hex, 'hex'));
  const mask = new Uint8Array(16);
  for (let bit = 0; bit < Math.min(128, prefix); bit++) mask[bit >> 3] = (mask[bit >> 3] ?? 0) | (128 >> (bit & 7));
  return { name: utf8(name), address, mask, broadcast: new Uint8Array(16), linkSpeed: 0n };
}
