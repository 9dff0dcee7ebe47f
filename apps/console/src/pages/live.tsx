/** The first page: what happens now. */
import { type FeedKind, feedKinds, type Item, type StatusResponse } from '@waspglass/api';
import { useCallback, useEffect, useRef, useState } from 'react';
import { ask } from '../data/client.ts';
import { formatBytes, formatNumber, formatShort } from '../data/format.ts';
import { useDocuments, useStatus } from '../data/live.ts';
import { useData, useLiveReload } from '../data/use-data.ts';
import { FeedItem } from '../parts/feed-item.tsx';
import { GrowthPanel } from '../parts/growth-chart.tsx';
import { Choice, Panel } from '../parts/panel.tsx';
import { Empty, Loading } from '../parts/text.tsx';
import { Link } from '../router.tsx';
import { SessionRows } from './sessions.tsx';

const KIND_NAMES: Readonly<Record<FeedKind, string>> = {
  all: 'All',
  attempts: 'Attempts',
  alerts: 'Alerts',
  sessions: 'Sessions',
};
const DATASET_KIND: Readonly<Record<string, FeedKind>> = {
  'system.auth': 'attempts',
  'falco.alerts': 'alerts',
  'honeypot.session': 'sessions',
};
/** Lines that are kept on the page. */
const KEPT = 400;
const PAGE = 100;

export function LivePage() {
  const status = useStatus();
  return (
    <main className="live" id="main">
      <h1 className="unseen">Live</h1>
      {status === undefined ? null : <Figures status={status} />}
      <div className="live-side">
        <GrowthPanel />
        <RecentSessions />
      </div>
      <Feed />
    </main>
  );
}

function Figures({ status }: { readonly status: StatusResponse }) {
  const figures = [
    ['attempts', formatShort(status.attempts), `${formatNumber(status.attempts)} attempts to log in`],
    ['addresses', formatShort(status.addresses), 'different addresses'],
    ['got in', formatShort(status.logins), 'successful log-ins'],
    ['sessions', formatShort(status.sessions), ''],
    ['alerts', formatShort(status.alerts), ''],
    ['events', formatShort(status.events), `${formatNumber(status.events)} system-call events recorded`],
    ['captured', formatBytes(status.captureBytes), ''],
  ] as const;
  return (
    <dl className="figures">
      {figures.map(([name, value, title]) => (
        <div key={name} {...(title === '' ? {} : { title })}>
          <dt>{name}</dt>
          <dd className="num">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function RecentSessions() {
  const { data, reload } = useData('sessions', {}, { limit: 6 });
  useLiveReload(reload, ({ document }) => document.session !== undefined, 1000);
  return (
    <Panel title="Latest sessions" actions={<Link href="/sessions">all</Link>}>
      {data === undefined ? <Loading /> : <SessionRows items={data.items} short />}
    </Panel>
  );
}

function Feed() {
  const [kind, setKind] = useState<FeedKind>('all');
  const feed = useFeed(kind);
  return (
    <Panel
      title="Feed"
      className="feed"
      note="newest first"
      actions={
        <Choice
          label="Show"
          options={feedKinds.map((k) => [k, KIND_NAMES[k]] as const)}
          value={kind}
          onChange={setKind}
        />
      }
    >
      {feed.items === undefined ? <Loading /> : null}
      {feed.items?.length === 0 ? (
        <Empty title="Nothing has happened yet">
          Attempts to log in, alerts and sessions appear here within two seconds. Most machines on the open internet see
          their first attempt in minutes.
        </Empty>
      ) : null}
      <ol className="rows" data-testid="feed">
        {feed.items?.map((item) => (
          <FeedItem key={item.document._id} item={item} fresh={item.seq > feed.firstFresh} />
        ))}
      </ol>
      {feed.more ? (
        <button type="button" className="more" onClick={feed.older}>
          Older
        </button>
      ) : null}
    </Panel>
  );
}

interface FeedState {
  readonly items: readonly Item[] | undefined;
  readonly more: boolean;
  /** Items with greater numbers came while the page was open. */
  readonly firstFresh: number;
  readonly older: () => void;
}

function useFeed(kind: FeedKind): FeedState {
  const { data, reload } = useData('feed', {}, { kind, limit: PAGE });
  const [items, setItems] = useState<readonly Item[]>();
  const [more, setMore] = useState(false);
  const firstFresh = useRef(Number.POSITIVE_INFINITY);
  useEffect(() => {
    if (data === undefined) return;
    if (firstFresh.current === Number.POSITIVE_INFINITY) firstFresh.current = greatest(data.items);
    setItems((before) => merge(before?.filter((item) => item.seq > greatest(data.items)) ?? [], data.items, kind));
    setMore(data.items.length === PAGE);
  }, [data, kind]);
  useDocuments((fresh) => {
    if (fresh === 'reset') return reload();
    const wanted = fresh.filter(({ document }) => belongs(document.event.dataset, kind));
    if (wanted.length > 0)
      setItems((before) => (before === undefined ? before : merge(wanted, before, kind).slice(0, KEPT)));
  });
  const older = useCallback(() => {
    const before = items?.at(-1)?.cursor;
    if (before === undefined) return;
    ask('feed', {}, { kind, limit: PAGE, before }).then(
      (page) => {
        setItems((now) => merge(page.items, now ?? [], kind));
        setMore(page.items.length === PAGE);
      },
      () => setMore(true),
    );
  }, [items, kind]);
  return { items, more, firstFresh: firstFresh.current, older };
}

function belongs(dataset: string, kind: FeedKind): boolean {
  const own = DATASET_KIND[dataset];
  return own !== undefined && (kind === 'all' || own === kind);
}

/** Newest first, one line per document: its latest version. */
function merge(fresh: readonly Item[], old: readonly Item[], kind: FeedKind): readonly Item[] {
  const byId = new Map<string, Item>();
  for (const item of [...old, ...fresh]) {
    const known = byId.get(item.document._id);
    if (belongs(item.document.event.dataset, kind) && (known === undefined || known.seq <= item.seq)) {
      byId.set(item.document._id, item);
    }
  }
  return [...byId.values()].sort(
    (a, b) => Date.parse(b.document['@timestamp']) - Date.parse(a.document['@timestamp']) || b.seq - a.seq,
  );
}

function greatest(items: readonly Item[]): number {
  return items.reduce((max, item) => Math.max(max, item.seq), 0);
}
