/**
 * Errors of this package: codes and texts. Bad log lines are no errors: they are skipped and counted where they are read.
 */
import { errorFactory } from '@waspglass/kit';

export const logErrors = {
  WG_LOG_BAD_PATH: 'path "{path}" must be absolute and must not contain "." or ".."',
  WG_LOG_NO_ROOT: 'cannot open the root directory of the log path: {reason}',
  WG_LOG_QUEUE_DIRECTORY: 'cannot use the document queue: {reason}; give a directory that can be read and written',
} as const;

export const fail = errorFactory(logErrors);
