/** Errors of alert outputs; they end in counters and in `lastError`, never at the caller. */
import { errorFactory } from '@waspglass/kit';

export const alertsErrors = {
  WG_ALERTS_HTTP: '{where} answered {status}, expected 2xx',
  WG_ALERTS_TIMEOUT: '{where} did not take the alert within {seconds} s',
  WG_ALERTS_PROGRAM: '{program} ended with {how}',
} as const;

export const fail = errorFactory(alertsErrors);
