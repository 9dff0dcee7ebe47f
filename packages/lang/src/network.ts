/** Addresses and networks as bytes: 4 for IPv4, 16 for IPv6. An IPv4 address mapped into IPv6 equals the IPv4 address. */

export interface Network {
  readonly bytes: Uint8Array;
  /** Leading bits that count. */
  readonly bits: number;
}

/** `192.0.2.1`, `2001:db8::/32`; undefined when it is neither. */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/');
  const bytes = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (!bytes) return undefined;
  const whole = bytes.length * 8;
  if (slash < 0) return { bytes, bits: whole };
  const prefix = text.slice(slash + 1);
  const mask = parseIpv4(prefix);
  if (mask && bytes.length === 4) return { bytes, bits: maskBits(mask) };
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  return bits <= whole ? { bytes, bits } : undefined;
}

export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

export function inNetwork(address: Uint8Array, { bytes, bits }: Network): boolean {
  const plain = unmapped(address);
  if (plain.length !== bytes.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (plain[i] !== bytes[i]) return false;
  const rest = bits & 7;
  if (rest === 0) return true;
  const mask = 0xff & (0xff << (8 - rest));
  return ((plain[whole] ?? 0) & mask) === ((bytes[whole] ?? 0) & mask);
}

function unmapped(address: Uint8Array): Uint8Array {
  if (address.length !== 16 || address[10] !== 0xff || address[11] !== 0xff) return address;
  for (let i = 0; i < 10; i++) if (address[i] !== 0) return address;
  return address.subarray(12);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((p) => /^\d{1,3}$/.test(p) && Number(p) < 256)) return undefined;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? '');
  const tail = groups(halves[1] ?? '');
  if (!head || !tail) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return unmapped(Uint8Array.from([...head, ...Array.from({ length: missing }, () => 0), ...tail]));
}

function groups(text: string): number[] | undefined {
  if (text === '') return [];
  const out: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    const ipv4 = i === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined;
    if (ipv4) out.push(...ipv4);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      const group = Number.parseInt(part, 16);
      out.push(group >> 8, group & 0xff);
    } else return undefined;
  }
  return out.length <= 16 ? out : undefined;
}

function maskBits(mask: Uint8Array): number {
  let bits = 0;
  for (const byte of mask) bits += Math.clz32(~(byte << 24) >>> 0);
  return bits;
}
