/**
 * Sends to an SMB share where the honeypot may add files and nothing else: it cannot read, list, replace or remove what it
 * sent. Each try has a name of its own; whether the bytes arrived is for the verifier to say, in a receipt.
 */
import { dropName } from './drop-name.ts';
import { fail } from './errors.ts';
import type { Ledger } from './ledger.ts';
import { hashFile } from './seal.ts';
import { lastLine, placeOnShare, quote, type SmbServer, smbclient } from './smb-client.ts';
import type { Transport } from './transport.ts';

export interface SmbDropOptions extends SmbServer {
  readonly ledger: Ledger;
}

export function smbDropTransport(options: SmbDropOptions): Transport {
  const { target, folder } = placeOnShare(options.share);
  const put = async (part: 'f' | 's', file: string, seq: number, signal: AbortSignal) => {
    const { sha256, bytes } = await hashFile(file);
    const attempt = options.ledger.nextAttempt(`${seq}.${part}.${sha256}`, options.share);
    const name = dropName({ seq, part, bytes, sha256, attempt });
    const remote = folder === '' ? name : `${folder}/${name}`;
    const { code, errors } = await smbclient(options, [`put ${quote(file)} ${quote(remote)}`], signal);
    if (code !== 0) throw fail('WG_EVIDENCE_SMB', { target, reason: lastLine(errors) }, { at: { file } });
  };
  return {
    target: options.share,
    async send({ file, seal, sealFile }, signal) {
      if (file !== undefined) await put('f', file, seal.seq, signal);
      await put('s', sealFile, seal.seq, signal);
      return 'sent';
    },
  };
}
