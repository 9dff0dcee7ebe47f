/** Requests by the shared contract. Failures carry a sentence that can be shown. */
import {
  type ErrorResponse,
  type ParamsFor,
  type QueryFor,
  type ResponseOf,
  type RouteName,
  routes,
  urlOf,
} from '@waspglass/api';

export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
  /** 0: no answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const goneListeners = new Set<() => void>();

/** Calls back when the log-in to the console has ended. */
export function onLoggedOut(listener: () => void): () => void {
  goneListeners.add(listener);
  return () => goneListeners.delete(listener);
}

export async function ask<N extends RouteName>(
  name: N,
  params: ParamsFor<N>,
  query: Partial<QueryFor<N>>,
  signal?: AbortSignal,
): Promise<ResponseOf<N>> {
  const url = urlOf(name, params, query);
  let response: Response;
  try {
    response = await fetch(url, { method: routes[name].method, signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new RequestFailed(0, 'The collector does not answer; trying again.');
  }
  if (response.ok) return (await response.json()) as ResponseOf<N>;
  if (response.status === 401) for (const listener of goneListeners) listener();
  throw new RequestFailed(response.status, await problemOf(response));
}

async function problemOf(response: Response): Promise<string> {
  try {
    return ((await response.json()) as ErrorResponse).error.message;
  } catch {
    return `The collector answered with status ${response.status}.`;
  }
}
