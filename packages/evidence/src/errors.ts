/** Error codes of the evidence package. */
import { type ErrorTable, errorFactory } from '@waspglass/kit';

export const evidenceErrors = {
  WG_EVIDENCE_MANIFEST: 'not a seal: found {found}, expected name, bytes, sha256, events and times',
  WG_EVIDENCE_CHANGED: 'the file changed after it was sealed: found {found}, expected {expected}',
  WG_EVIDENCE_COPY_DIFFERS: 'the copy on {target} differs: found sha256 {found}, expected {expected}',
  WG_EVIDENCE_EXISTS: '{target} already has another file of that name: found sha256 {found}, expected {expected}',
  WG_EVIDENCE_TARGET: 'cannot write to {target}: {reason}',
  WG_EVIDENCE_SMB: 'smbclient on {target}: {reason}',
  WG_EVIDENCE_CREDENTIALS:
    'the credentials file must belong to its reader alone: found mode {found}, expected 0600 or stricter',
  WG_EVIDENCE_NO_USER: 'no line "username = …" in the credentials file',
} as const satisfies ErrorTable;

export const fail = errorFactory(evidenceErrors);
