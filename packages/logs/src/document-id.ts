/** Ids of documents: the same input gives the same id, so that a document which is delivered twice is stored once. */
import { createHash } from 'node:crypto';

/** 26 characters made from the parts; parts cannot run into one another. */
export function documentId(...parts: readonly (string | number)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = Buffer.from(String(part));
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('base64url').slice(0, 26);
}
