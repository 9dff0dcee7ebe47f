/**
 * Copies to an SMB share that lets its files be read: each copy is read back and hashed. For a share that lets nothing be
 * read, see `smb-drop.ts`.
 */
import path from 'node:path';
import { fail } from './errors.ts';
import { hashFile } from './seal.ts';
import { lastLine, NOT_FOUND, placeOnShare, quote, type SmbOutcome, type SmbServer, smbclient } from './smb-client.ts';
import type { Transport, Verification } from './transport.ts';

export interface SmbOptions extends SmbServer {
  /** Folder on the share; made when missing. */
  readonly host: string;
}

export function smbTransport(options: SmbOptions): Transport {
  const { target, folder: above } = placeOnShare(options.share);
  const folder = [above, options.host].filter((part) => part !== '').join('/');
  const run = (commands: readonly string[], signal: AbortSignal) => smbclient(options, commands, signal);
  return {
    target: options.share,
    async send({ file, seal, sealFile }, signal) {
      const session: Session = { target, folder, run, signal };
      const verified = file === undefined ? 'present' : await send(file, seal.sha256, session);
      const { sha256 } = await hashFile(sealFile);
      const isNew = (await send(sealFile, sha256, session)) === 'hash';
      return isNew ? 'hash' : verified;
    },
  };
}

interface Session {
  readonly target: string;
  readonly folder: string;
  readonly run: (commands: readonly string[], signal: AbortSignal) => Promise<SmbOutcome>;
  readonly signal: AbortSignal;
}

async function send(file: string, expected: string, session: Session): Promise<Verification> {
  const { folder, signal, target } = session;
  const remote = `${folder}/${path.basename(file)}`;
  const before = await readBack(remote, session);
  if (before === expected) return 'present';
  if (before !== undefined) throw fail('WG_EVIDENCE_EXISTS', { target, found: before, expected }, { at: { file } });
  // A `.part` of an interrupted run is ours to replace; the final name is given once, by a rename that refuses to overwrite.
  const commands = [
    ...parents(folder).map((f) => `mkdir ${quote(f)}`),
    `put ${quote(file)} ${quote(`${remote}.part`)}`,
    `rename ${quote(`${remote}.part`)} ${quote(remote)}`,
  ];
  const { errors } = await session.run(commands, signal);
  const after = await readBack(remote, session);
  if (after === expected) return 'hash';
  const reason = lastLine(errors.replace(/^.*NT_STATUS_OBJECT_NAME_COLLISION making remote directory.*$/gm, ''));
  if (after === undefined) throw fail('WG_EVIDENCE_SMB', { target, reason }, { at: { file } });
  throw fail('WG_EVIDENCE_COPY_DIFFERS', { target, found: after, expected }, { at: { file } });
}

/** SHA-256 of a file on the share; undefined when it is not there. */
async function readBack(remote: string, { run, signal, target }: Session): Promise<string | undefined> {
  const { code, errors, sha256 } = await run([`get ${quote(remote)} -`], signal);
  if (code === 0) return sha256;
  if (NOT_FOUND.test(errors)) return undefined;
  throw fail('WG_EVIDENCE_SMB', { target, reason: lastLine(errors) });
}

/** `a/b/c` → `a`, `a/b`, `a/b/c`. */
function parents(folder: string): string[] {
  const parts = folder.split('/');
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}
