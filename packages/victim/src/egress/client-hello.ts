/** The server's name in the first message of TLS (RFC 8446, 4.1.2; RFC 6066, 3). Bounded: the bytes are an intruder's. */
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;

/** The name, or undefined when the bytes are not the whole first message or have none. */
export function serverName(bytes: Buffer): string | undefined {
  try {
    return find(bytes);
  } catch (error) {
    // Reading past the end: cut off, or not TLS.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function find(bytes: Buffer): string | undefined {
  if (bytes.readUInt8(0) !== HANDSHAKE || bytes.readUInt8(5) !== CLIENT_HELLO) return undefined;
  // Record header 5, handshake header 4, version 2, random 32.
  let at = 43;
  at += 1 + bytes.readUInt8(at);
  at += 2 + bytes.readUInt16BE(at);
  at += 1 + bytes.readUInt8(at);
  const end = at + 2 + bytes.readUInt16BE(at);
  at += 2;
  while (at + 4 <= end) {
    const [type, length] = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)];
    // Length of the list, kind of the name, length of the name.
    if (type === SERVER_NAME && length > 5) {
      const size = bytes.readUInt16BE(at + 7);
      const name = bytes.toString('latin1', at + 9, at + 9 + Math.min(size, 255));
      return /^[A-Za-z0-9._-]{1,255}$/.test(name) && name.length === size ? name.toLowerCase() : undefined;
    }
    at += 4 + length;
  }
  return undefined;
}
