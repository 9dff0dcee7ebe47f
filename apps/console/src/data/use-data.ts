/** Data of a page: asked for when the page or its query changes, and again when the stream says that it may differ. */
import type { Item, ParamsFor, QueryFor, ResponseOf, RouteName } from '@waspglass/api';
import { useCallback, useEffect, useRef, useState } from 'react';
import { ask, RequestFailed } from './client.ts';
import { useDocuments } from './live.ts';

export interface Loaded<T> {
  /** What was last loaded; stays while it is asked for again. */
  readonly data: T | undefined;
  readonly problem: RequestFailed | undefined;
  readonly reload: () => void;
}

const RETRY_MS = 3000;

export function useData<N extends RouteName>(
  name: N,
  params: ParamsFor<N>,
  query: Partial<QueryFor<N>>,
): Loaded<ResponseOf<N>> {
  const key = JSON.stringify([name, params, query]);
  const [state, setState] = useState<{ key: string; data?: ResponseOf<N>; problem?: RequestFailed }>({ key });
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  const asked = useRef({ name, params, query });
  asked.current = { name, params, query };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for name, params and query; turn asks again
  useEffect(() => {
    const stop = new AbortController();
    let retry: ReturnType<typeof setTimeout> | undefined;
    ask(asked.current.name, asked.current.params, asked.current.query, stop.signal).then(
      (data) => setState({ key, data }),
      (error: unknown) => {
        if (stop.signal.aborted || !(error instanceof RequestFailed)) return;
        setState((before) => ({ ...before, key, problem: error }));
        if (error.status === 0 || error.status >= 500) retry = setTimeout(reload, RETRY_MS);
      },
    );
    return () => {
      stop.abort();
      clearTimeout(retry);
    };
  }, [key, turn, reload]);
  const sameThing = state.key === key;
  return {
    // While a changed query of the same page loads, the old rows stay; another thing starts empty.
    data: sameThing || JSON.stringify(params) === JSON.stringify(JSON.parse(state.key)[1]) ? state.data : undefined,
    problem: sameThing ? state.problem : undefined,
    reload,
  };
}

/** Reloads, at most once per `every` ms, after documents that `concerns` were stored. */
export function useLiveReload(reload: () => void, concerns: (item: Item) => boolean, every = 400): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const next = useRef(0);
  useDocuments((items) => {
    if (timer.current !== undefined || (items !== 'reset' && !items.some(concerns))) return;
    const wait = Math.max(0, next.current - performance.now());
    timer.current = setTimeout(() => {
      timer.current = undefined;
      next.current = performance.now() + every;
      reload();
    }, wait);
  });
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
}
