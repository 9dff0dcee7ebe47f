/**
 * Sending datagrams to a UNIX socket such as /dev/log, which Node cannot do by itself: three calls of libc through koffi.
 * Never blocks.
 */
import koffi from 'koffi';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** Bytes of sockaddr_un: family and path. */
const ADDRESS_BYTES = 110;

export interface UnixDatagram {
  /** True when it was taken; false when the receiver is full or away. */
  send(text: string): boolean;
  close(): void;
}

/** A socket that sends to `path`; undefined when none can be made. */
export function openUnixDatagram(path: string): UnixDatagram | undefined {
  const name = Buffer.from(path);
  if (name.length > ADDRESS_BYTES - 3) return undefined;
  const address = Buffer.alloc(ADDRESS_BYTES);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  const libc = koffi.load('libc.so.6');
  const socket = libc.func('int socket(int, int, int)');
  const sendto = libc.func('long sendto(int, const void *, size_t, int, const void *, uint32_t)');
  const close = libc.func('int close(int)');
  const fd = Number(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (fd < 0) return undefined;
  return {
    send: (text) => {
      const bytes = Buffer.from(text);
      const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
      return Number(sendto(fd, bytes, bytes.length, flags, address, name.length + 3)) === bytes.length;
    },
    close: () => void close(fd),
  };
}
