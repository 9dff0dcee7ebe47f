/**
 * The routes: one row each, shared by server and browser. `:name` in a path is one segment. Everything needs the cookie
 * that the one-time link gives; the stream is described in `stream.ts`.
 */
import type { AlertDocument } from '@waspglass/logs';
import { limits } from './limits.ts';
import { flag, integer, oneOf, optionalInteger, type QueryOf, type QueryTable, text, writeQuery } from './query.ts';
import type {
  AddressesResponse,
  AddressResponse,
  DocumentResponse,
  GrowthResponse,
  ItemList,
  SessionResponse,
  SessionsResponse,
  StatusResponse,
} from './types.ts';

export interface Route<P extends string, Q extends QueryTable, R> {
  readonly method: 'GET' | 'POST';
  readonly path: P;
  readonly query: Q;
  readonly doc: string;
  /** Only for the type. */
  readonly response?: R;
}

const answers =
  <R>() =>
  <const P extends string, Q extends QueryTable>(
    method: 'GET' | 'POST',
    path: P,
    query: Q,
    doc: string,
  ): Route<P, Q, R> => ({
    method,
    path,
    query,
    doc,
  });

const page = {
  limit: integer(1, limits.page, limits.pageDefault),
  before: text(40),
  after: text(40),
};

/** What the feed can be narrowed to. */
export const feedKinds = ['all', 'attempts', 'alerts', 'sessions'] as const;
export type FeedKind = (typeof feedKinds)[number];

export const routes = {
  status: answers<StatusResponse>()('GET', '/api/status', {}, 'Health and totals.'),
  feed: answers<ItemList>()(
    'GET',
    '/api/feed',
    { ...page, kind: oneOf(feedKinds) },
    'Attempts, alerts and sessions, newest first.',
  ),
  document: answers<DocumentResponse>()('GET', '/api/documents/:id', { reveal: flag }, 'One document.'),
  addresses: answers<AddressesResponse>()(
    'GET',
    '/api/addresses',
    { limit: page.limit, order: oneOf(['last', 'attempts']) },
    'Addresses that tried to log in.',
  ),
  address: answers<AddressResponse>()(
    'GET',
    '/api/addresses/:ip',
    { limit: integer(1, limits.guesses, 500), reveal: flag },
    'What one address tried.',
  ),
  sessions: answers<SessionsResponse>()('GET', '/api/sessions', page, 'Sessions, newest first.'),
  session: answers<SessionResponse>()('GET', '/api/sessions/:id', { reveal: flag }, 'Everything about one session.'),
  alerts: answers<ItemList<AlertDocument>>()(
    'GET',
    '/api/alerts',
    { ...page, severity: optionalInteger(0, 7), rule: text() },
    'Alerts, newest first; `severity` is the least grave number wanted.',
  ),
  growth: answers<GrowthResponse>()(
    'GET',
    '/api/growth',
    { minutes: integer(1, limits.minutes, 60) },
    'What captures grew in the last minutes.',
  ),
  search: answers<ItemList>()(
    'GET',
    '/api/search',
    { q: text(limits.search), limit: page.limit },
    'Documents that hold all words.',
  ),
  logout: answers<{ readonly ok: true }>()('POST', '/api/logout', {}, 'Ends this log-in to the console.'),
} as const;

export type Routes = typeof routes;
export type RouteName = keyof Routes;
export type ResponseOf<N extends RouteName> = Routes[N] extends Route<string, QueryTable, infer R> ? R : never;
export type QueryFor<N extends RouteName> = QueryOf<Routes[N]['query']>;

type Names<P extends string> = P extends `${string}:${infer Rest}`
  ? Rest extends `${infer Name}/${infer More}`
    ? Name | Names<More>
    : Rest
  : never;
export type ParamsFor<N extends RouteName> = Readonly<Record<Names<Routes[N]['path']>, string>>;

/** Path and query of a request. */
export function urlOf<N extends RouteName>(name: N, params: ParamsFor<N>, query: Partial<QueryFor<N>>): string {
  const route: Route<string, QueryTable, unknown> = routes[name];
  const values = params as Readonly<Record<string, string>>;
  const path = route.path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(values[key] ?? ''));
  return path + writeQuery(route.query, query);
}
