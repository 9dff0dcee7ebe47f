/**
 * Change notices of a directory. They only make readers quicker: whoever uses them looks at intervals as well, so a
 * notice that cannot be had (no watches left) is no error.
 */
import { watch } from 'node:fs';

/** Calls back when something in the directory changes; the returned function ends it. */
export function noticeChanges(directory: string, onChange: () => void): () => void {
  try {
    const watcher = watch(directory, { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => undefined;
  }
}
