/** What each route answers: one row per route of the contract. */
import {
  type Address,
  type FeedKind,
  type Item,
  limits,
  PASSWORD_MASK,
  type ParamsFor,
  type QueryFor,
  type ResponseOf,
  type RouteName,
  type SessionCounts,
  type SessionItem,
  type StatusResponse,
} from '@waspglass/api';
import type { Dataset, SessionDocument, WaspglassDocument } from '@waspglass/logs';
import type { DatasetCounts, PageQuery, SessionRow, Store, Stored } from '@waspglass/store';
import { masked } from './mask.ts';

/** Undefined: there is no such thing. */
export type Handlers = {
  readonly [N in RouteName]: (
    params: ParamsFor<N>,
    query: QueryFor<N>,
    session: string,
  ) => Promise<ResponseOf<N> | undefined>;
};

const FEED: Readonly<Record<FeedKind, readonly Dataset[]>> = {
  all: ['system.auth', 'falco.alerts', 'honeypot.session'],
  attempts: ['system.auth'],
  alerts: ['falco.alerts'],
  sessions: ['honeypot.session'],
};

export interface HandlerContext {
  readonly store: Store;
  readonly status: () => Promise<StatusResponse>;
  readonly logout: (session: string) => void;
}

export function createHandlers({ store, status, logout }: HandlerContext): Handlers {
  return {
    status,
    feed: async (_, query) => ({ items: (await store.feed({ ...page(query), datasets: FEED[query.kind] })).map(item) }),
    document: async ({ id }, { reveal }) => {
      const found = await store.document(id);
      if (found === undefined) return undefined;
      return { document: reveal ? found.document : masked(found.document), revealed: reveal };
    },
    addresses: async (_, query) => ({ addresses: await store.addresses(query) }),
    address: async ({ ip }, query) => {
      const address: Address | undefined = await store.address(ip);
      const sessions = await store.sessions({ limit: limits.pageDefault, ip });
      if (address === undefined) return undefined;
      const guesses = await store.guesses(ip, query.limit);
      return {
        address,
        guesses: query.reveal ? guesses : guesses.map((guess) => ({ ...guess, password: hide(guess.password) })),
        sessions: sessions.map(sessionItem),
        revealed: query.reveal,
      };
    },
    sessions: async (_, query) => ({ items: (await store.sessions(page(query))).map(sessionItem) }),
    session: async ({ id }, { reveal }) => sessionResponse(store, id, reveal),
    alerts: async (_, query) => {
      const rows = await store.alerts({
        ...page(query),
        ...(query.severity === undefined ? {} : { maxSeverity: query.severity }),
        ...(query.rule === '' ? {} : { rule: query.rule }),
      });
      return { items: rows.map(item) };
    },
    growth: async (_, { minutes }) => {
      const step = Math.ceil(minutes / limits.steps);
      const to = Date.now();
      const from = to - minutes * 60_000;
      return { from, to, step, steps: await store.series({ from, to, step }) };
    },
    search: async (_, { q, limit }) => ({ items: (await store.search(q, limit)).map(item) }),
    logout: async (_, __, session) => {
      logout(session);
      return { ok: true };
    },
  };
}

async function sessionResponse(store: Store, id: string, reveal: boolean): Promise<ResponseOf<'session'> | undefined> {
  const rows = await store.session(id, {
    commands: limits.commands,
    terminal: limits.terminal,
    terminalBytes: limits.terminalBytes,
    others: limits.sessionOthers,
  });
  if (rows === undefined) return undefined;
  const show = <D extends WaspglassDocument>(document: D): D => (reveal ? document : masked(document));
  const of = <D extends WaspglassDocument>(dataset: D['event']['dataset']): D[] =>
    rows.documents.filter((d): d is D => d.event.dataset === dataset).map(show);
  return {
    session: show(rows.session.document),
    counts: countsOf(rows.session.document, rows.counts),
    commands: of<Extract<WaspglassDocument, { event: { dataset: 'honeypot.command' } }>>('honeypot.command').sort(
      (a, b) => a.waspglass.index - b.waspglass.index,
    ),
    terminal: of('honeypot.terminal'),
    alerts: of('falco.alerts'),
    files: of('honeypot.file'),
    connections: of('honeypot.connection'),
    attempts: rows.attempts.map(show),
    truncated: rows.truncated,
    revealed: reveal,
  };
}

function page(query: { readonly limit: number; readonly before: string; readonly after: string }): PageQuery {
  return {
    limit: query.limit,
    ...(query.before === '' ? {} : { before: query.before }),
    ...(query.after === '' ? {} : { after: query.after }),
  };
}

function item<D extends WaspglassDocument>({ seq, cursor, document }: Stored<D>): Item<D> {
  return { seq, cursor, document: masked(document) };
}

function sessionItem({ stored, counts }: SessionRow): SessionItem {
  return { ...item(stored), counts: countsOf(stored.document, counts) };
}

/** A session that lasts has its own numbers from its start only: what is stored may be ahead. */
function countsOf({ waspglass }: SessionDocument, counts: DatasetCounts): SessionCounts {
  const most = (told: unknown, stored = 0) => Math.max(typeof told === 'number' ? told : 0, stored);
  return {
    commands: most(waspglass.commands, counts['honeypot.command']),
    alerts: most(waspglass.alerts, counts['falco.alerts']),
    files: most(waspglass.files, counts['honeypot.file']),
    connections: most(waspglass.connections, counts['honeypot.connection']),
  };
}

function hide(password: string | null): string | null {
  return password === null ? null : PASSWORD_MASK;
}
