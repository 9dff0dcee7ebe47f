/** Error codes of the collector. */
import { type ErrorTable, errorFactory } from '@waspglass/kit';

export const collectorErrors = {
  WG_COLLECTOR_LISTEN: 'cannot listen on {host} port {port}: {reason}',
  WG_COLLECTOR_NO_CONSOLE: 'the console is not built: index.html is missing; run: npm start',
  WG_COLLECTOR_ACCESS: 'cannot keep log-ins to the console: {reason}',
  WG_COLLECTOR_QUEUE: 'cannot read the document queue: {reason}',
} as const satisfies ErrorTable;

export const fail = errorFactory(collectorErrors);
