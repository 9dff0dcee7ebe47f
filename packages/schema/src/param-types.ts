/**
 * Parameter types of events: how many bytes a value has (0 = variable, its length is in the event) and whether integers
 * are signed. Integers are little-endian.
 */
export interface ParamTypeInfo {
  /** Bytes; 0 when variable. */
  readonly size: 0 | 1 | 2 | 4 | 8;
  readonly signed: boolean;
}

const variable = { size: 0, signed: false } as const;
const u8 = { size: 1, signed: false } as const;
const u16 = { size: 2, signed: false } as const;
const u32 = { size: 4, signed: false } as const;
const u64 = { size: 8, signed: false } as const;
const i64 = { size: 8, signed: true } as const;

export const paramTypes = {
  NONE: variable,
  INT8: { size: 1, signed: true },
  INT16: { size: 2, signed: true },
  INT32: { size: 4, signed: true },
  INT64: i64,
  UINT8: u8,
  UINT16: u16,
  UINT32: u32,
  UINT64: u64,
  /** Text with a closing zero byte. */
  CHARBUF: variable,
  BYTEBUF: variable,
  /** 0 or a result; -errno when negative. */
  ERRNO: i64,
  /** Family byte, then family-specific (address, port) or path. */
  SOCKADDR: variable,
  /** Family byte, then source and destination. */
  SOCKTUPLE: variable,
  FD: i64,
  FD32: { size: 4, signed: true },
  PID: i64,
  PID32: { size: 4, signed: true },
  /** u16 count, then per entry i64 descriptor and i16 flags. */
  FDLIST: variable,
  FSPATH: variable,
  /** Path relative to the directory descriptor in another parameter. */
  FSRELPATH: variable,
  SYSCALLID: u16,
  SIGTYPE: u8,
  /** Nanoseconds. */
  RELTIME: u64,
  /** Nanoseconds since the epoch. */
  ABSTIME: u64,
  PORT: u16,
  L4PROTO: u8,
  SOCKFAMILY: u8,
  BOOL: u32,
  IPV4ADDR: u32,
  IPV6ADDR: variable,
  IPADDR: variable,
  IPNET: variable,
  IPV4NET: variable,
  IPV6NET: variable,
  /** u8 kind, then a value of that kind. */
  DYN: variable,
  FLAGS8: u8,
  FLAGS16: u16,
  FLAGS32: u32,
  ENUMFLAGS8: u8,
  ENUMFLAGS16: u16,
  ENUMFLAGS32: u32,
  MODE: u32,
  UID: u32,
  GID: u32,
  DOUBLE: { size: 8, signed: true },
  SIGSET: u32,
  /** Texts, each with a closing zero byte. */
  CHARBUFARRAY: variable,
  CHARBUF_PAIR_ARRAY: variable,
} as const satisfies Record<string, ParamTypeInfo>;

export type ParamType = keyof typeof paramTypes;
/** How a value is printed: decimal, hexadecimal, octal (with leading 0), or as its type says. */
export type ParamFormat = 'DEC' | 'HEX' | 'OCT' | '10_PADDED_DEC' | 'ID' | 'DIR' | 'NA';
