/** Error codes of the evidence package. */
import { type ErrorTable, errorFactory } from '@waspglass/kit';

export const evidenceErrors = {
  WG_EVIDENCE_MANIFEST: 'not a seal: found {found}, expected one line of chain, sequence, name, hash and code',
  WG_EVIDENCE_CHANGED: 'the file changed after it was sealed: found {found}, expected {expected}',
  WG_EVIDENCE_COPY_DIFFERS: 'the copy on {target} differs: found sha256 {found}, expected {expected}',
  WG_EVIDENCE_EXISTS: '{target} already has another file of that name: found sha256 {found}, expected {expected}',
  WG_EVIDENCE_TARGET: 'cannot write to {target}: {reason}',
  WG_EVIDENCE_SMB: 'smbclient on {target}: {reason}',
  WG_EVIDENCE_CREDENTIALS:
    'the credentials file must belong to its reader alone: found mode {found}, expected 0600 or stricter',
  WG_EVIDENCE_NO_USER: 'no line "username = …" in the credentials file',
  WG_EVIDENCE_CHAIN: 'the state of the chain is damaged: found {found}, expected chain, sequence and keys',
  WG_EVIDENCE_KEY: 'not a verification key: found {found}, expected lines such as {"chain":"…","key":"…"}',
  WG_EVIDENCE_NOT_MOUNTED:
    '{directory} is not the mounted share: {reason}; mount the share, or set evidence.require_mount to no',
  WG_EVIDENCE_ARCHIVE: 'cannot read the archive: {reason}',
  WG_EVIDENCE_SETUP: 'setting up the share: {program}: {reason}',
  WG_EVIDENCE_LOCKED: 'another shipper works on {directory}; stop it first (two would send everything twice)',
} as const satisfies ErrorTable;

export const fail = errorFactory(evidenceErrors);
