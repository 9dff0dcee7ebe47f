/**
 * What passes between sshd's two halves, as read and written by the privileged one (the monitor). A message is a 4-byte
 * big-endian length (type byte included), the type, the body; the reader takes the length in one read and the rest in
 * the next, the writer sends length and type in one write and the body in the next.
 *
 * Numbers are internal to OpenSSH, so they are pinned per version; an unknown version is reported, never guessed.
 */

/** Message types of one version. */
interface MessageTypes {
  /** To the monitor: u32 length, user name. */
  readonly user: number;
  /** To the monitor: u32 length, password. */
  readonly password: number;
  /** From the monitor: u32 result (1 accepted), u32. */
  readonly passwordResult: number;
  /** To the monitor: u32 count, then u32 length and answer each. */
  readonly answers: number;
  /** From the monitor: u32 result (0 accepted). */
  readonly answersResult: number;
}

const types: MessageTypes = { user: 8, password: 12, passwordResult: 13, answers: 108, answersResult: 109 };

/** `OpenSSH_<version>` of the greeting without its patch level. */
const byVersion: Readonly<Record<string, MessageTypes>> = {
  'OpenSSH_9.2': types,
  'OpenSSH_10.0': types,
};

/** The version in a greeting line (`SSH-2.0-OpenSSH_10.0p2 …`), or undefined when the bytes are none. */
export function greetingVersion(data: Uint8Array): string | undefined {
  if (data.length < 9 || data[0] !== 0x53 || data[1] !== 0x53 || data[2] !== 0x48 || data[3] !== 0x2d) return undefined;
  const text = Buffer.from(data.subarray(0, 80)).toString('latin1');
  const software = /^SSH-2\.0-([!-~]{1,60})/.exec(text)?.[1];
  return software === undefined ? undefined : (/^OpenSSH_\d{1,3}\.\d{1,3}/.exec(software)?.[0] ?? software);
}

export function isKnownVersion(version: string): boolean {
  return Object.hasOwn(byVersion, version);
}

export type MonitorMessage =
  | { readonly kind: 'user'; readonly text: string; readonly missing: number }
  | { readonly kind: 'password' | 'answer'; readonly text: string; readonly missing: number }
  | { readonly kind: 'result'; readonly of: 'password' | 'answer'; readonly accepted: boolean };

/** No message of the kinds that we read is longer. */
const LONGEST = 64 * 1024;

/** One descriptor of one monitor. */
export class MonitorChannel {
  /** Length of the message that is being read; 0 between messages. */
  private expected = 0;
  /** Bytes of it that were read so far, kept or not. */
  private got = 0;
  private kept: Uint8Array[] = [];
  private announced = 0;
  private readonly types: MessageTypes;

  constructor(version: string | undefined) {
    this.types = (version === undefined ? undefined : byVersion[version]) ?? types;
  }

  /**
   * A read: its result and the bytes that were kept of it. The sender's two writes make the reader sometimes get the
   * type alone first, so a message is whatever adds up to the announced length.
   */
  read(result: number, data: Uint8Array): MonitorMessage | undefined {
    if (this.got + result > this.expected) {
      this.begin(result, data);
      return undefined;
    }
    // Bytes are contiguous only as long as nothing was cut off before.
    if (this.kept.reduce((n, part) => n + part.length, 0) === this.got) this.kept.push(Uint8Array.from(data));
    this.got += result;
    if (this.got < this.expected) return undefined;
    const message = this.decode(this.got, Buffer.concat(this.kept));
    this.begin(0, data);
    return message;
  }

  private begin(result: number, data: Uint8Array): void {
    const length = result === 4 && data.length === 4 ? u32(data, 0) : 0;
    this.expected = length <= LONGEST ? length : 0;
    this.got = 0;
    this.kept = [];
  }

  private decode(length: number, data: Uint8Array): MonitorMessage | undefined {
    if (data.length < 5) return undefined;
    if (data[0] === this.types.answers) return answer(length, data);
    const kind = data[0] === this.types.user ? 'user' : data[0] === this.types.password ? 'password' : undefined;
    if (kind === undefined || u32(data, 1) !== length - 5) return undefined;
    return { kind, ...textOf(data, 5, length - 5) };
  }

  /** A write of the monitor. */
  write(result: number, data: Uint8Array): MonitorMessage | undefined {
    if (result === 5 && data.length === 5) {
      this.announced = data[4] ?? 0;
      return undefined;
    }
    const type = this.announced;
    this.announced = 0;
    if (data.length < 4) return undefined;
    if (type === this.types.passwordResult) return { kind: 'result', of: 'password', accepted: u32(data, 0) === 1 };
    if (type === this.types.answersResult) return { kind: 'result', of: 'answer', accepted: u32(data, 0) === 0 };
    return undefined;
  }
}

/** The first answer; an empty list is the client's nod to PAM's last message, no password. */
function answer(result: number, data: Uint8Array): MonitorMessage | undefined {
  if (data.length < 9 || u32(data, 1) === 0) return undefined;
  const length = u32(data, 5);
  return length > result - 9 ? undefined : { kind: 'answer', ...textOf(data, 9, length) };
}

function textOf(data: Uint8Array, from: number, length: number): { readonly text: string; readonly missing: number } {
  const there = data.subarray(from, from + length);
  return { text: Buffer.from(there).toString('utf8'), missing: length - there.length };
}

function u32(data: Uint8Array, at: number): number {
  return (
    (((data[at] ?? 0) << 24) | ((data[at + 1] ?? 0) << 16) | ((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0)) >>> 0
  );
}
