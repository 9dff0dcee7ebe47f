/**
 * Names on a share that only lets files be added: everything that is needed to check and order an object stands in its
 * name, so a partial upload is an object whose hash does not match. `SEQ8.f|s.lLENGTH.SHA256.aATTEMPT`: f is the sealed
 * file, s its seal.
 */
export interface DropObject {
  readonly seq: number;
  readonly part: 'f' | 's';
  readonly bytes: number;
  readonly sha256: string;
  readonly attempt: number;
}

const NAME = /^(\d{8,15})\.([fs])\.l(\d{1,15})\.([0-9a-f]{64})\.a(\d{1,9})$/;

export function dropName({ seq, part, bytes, sha256, attempt }: DropObject): string {
  return `${String(seq).padStart(8, '0')}.${part}.l${bytes}.${sha256}.a${attempt}`;
}

export function parseDropName(name: string): DropObject | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  const [, seq, part, bytes, sha256 = '', attempt] = match;
  return { seq: Number(seq), part: part === 'f' ? 'f' : 's', bytes: Number(bytes), sha256, attempt: Number(attempt) };
}
