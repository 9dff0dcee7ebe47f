/** Errors of `read` beyond those of the packages that it uses. */
import { errorFactory } from '@waspglass/kit';

export const fail = errorFactory({
  WG_READ_OUTPUT: 'cannot write: {reason}',
  WG_READ_ONTO_INPUT: 'is one of the files to read; name another file after -w',
} as const);
