/** Error codes of the store. */
import { type ErrorTable, errorFactory } from '@waspglass/kit';

export const storeErrors = {
  WG_STORE_OPEN: 'cannot open the store: {reason}',
  WG_STORE_VERSION:
    'the store has layout version {found}, this program expects {expected}; move it away to start a new one',
  WG_STORE_WRITE: 'cannot write to the store: {reason}',
  WG_STORE_CURSOR:
    '"{found}" is no position of this store, expected <milliseconds>.<number> as given by an earlier answer',
  WG_STORE_CLOSED: 'the store is closed',
} as const satisfies ErrorTable;

export const fail = errorFactory(storeErrors);
