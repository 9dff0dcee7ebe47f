/** Error codes of this package. Every one names the file and the offset in the uncompressed stream. */
import { errorFactory } from '@waspglass/kit';

export const scapErrors = {
  WG_SCAP_EMPTY: 'the file is empty; expected a scap capture',
  WG_SCAP_NOT_A_CAPTURE: 'found {found}; expected a scap capture, which begins with 0a 0d 0d 0a',
  WG_SCAP_NETWORK_CAPTURE: 'found a pcapng block of type {found}: a network capture; expected system calls (scap)',
  WG_SCAP_BYTE_ORDER: 'found a capture of a big-endian machine; only little-endian captures can be read',
  WG_SCAP_MAGIC: 'found byte-order magic {found}; expected 0x1a2b3c4d',
  WG_SCAP_VERSION: 'found format version {found}; expected 1.x',
  WG_SCAP_BLOCK_LENGTH: 'found block length {found}; expected a multiple of 4 from {least} to {most}',
  WG_SCAP_TRAILER: 'found {found} as the length at the end of a block of {expected} bytes; the block is damaged',
  WG_SCAP_EVENT: 'found an event with {found}; the block has room for {room}',
  WG_SCAP_LIST: 'found {found} in a {list}; the entry has {room} bytes left',
  WG_SCAP_TRUNCATED: 'the capture ends inside a block: found {found} of {expected} bytes',
  WG_SCAP_GZIP_TRUNCATED: 'the compressed file ends in the middle of its data; everything before was read',
  WG_SCAP_GZIP: 'the compressed data is damaged: {found}',
  WG_SCAP_READ: 'cannot be read: {found}',
  WG_SCAP_TOO_LONG: 'an event of {found} bytes was to be written; expected at most {most}',
  WG_SCAP_PARAMS: 'event {type} was begun with {expected} parameters but got {found}',
  WG_SCAP_RECORD: 'cannot write the capture: {found}',
} as const;

export const fail = errorFactory(scapErrors);
