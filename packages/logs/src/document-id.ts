/** Ids of documents: the same input gives the same id, so that a document which is delivered twice is stored once. */
import { hash } from 'node:crypto';

/** 26 characters made from the parts; parts cannot run into one another. */
export function documentId(...parts: readonly (string | number)[]): string {
  let text = '';
  for (const part of parts) {
    const word = String(part);
    text += `${word.length}:${word}`;
  }
  return hash('sha256', text, 'base64url').slice(0, 26);
}
