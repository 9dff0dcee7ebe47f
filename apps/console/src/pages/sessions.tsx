/** The list of sessions, and its rows for other pages. */
import type { SessionItem } from '@waspglass/api';
import { useEffect, useState } from 'react';
import { ask } from '../data/client.ts';
import { formatNumber } from '../data/format.ts';
import { useData, useLiveReload } from '../data/use-data.ts';
import { Panel } from '../parts/panel.tsx';
import { Empty, Hostile, Lasting, Loading, Problem, Time } from '../parts/text.tsx';
import { Link, pathOf } from '../router.tsx';

const PAGE = 100;

export function SessionsPage() {
  const { data, problem, reload } = useData('sessions', {}, { limit: PAGE });
  const [items, setItems] = useState<readonly SessionItem[]>([]);
  const [end, setEnd] = useState(false);
  useLiveReload(reload, ({ document }) => document.session !== undefined, 1000);
  useEffect(() => {
    if (data !== undefined) setItems((known) => merge(known, data.items));
  }, [data]);
  const more = async () => {
    const before = items.at(-1)?.cursor;
    if (before === undefined) return;
    const page = await ask('sessions', {}, { limit: PAGE, before });
    setItems((known) => merge(known, page.items));
    setEnd(page.items.length < PAGE);
  };
  return (
    <main id="main">
      <h1>Sessions</h1>
      <p className="lead">Everything from a log-in to the end of its last process.</p>
      {problem === undefined ? null : <Problem text={problem.message} />}
      <Panel title="All sessions" note="newest first">
        {data === undefined ? <Loading /> : <SessionRows items={items.length === 0 ? data.items : items} />}
        {data?.items.length === PAGE && !end ? (
          <button
            type="button"
            className="more"
            onClick={() => {
              more().catch(() => setEnd(false));
            }}
          >
            Older
          </button>
        ) : null}
      </Panel>
    </main>
  );
}

/** Newest first, each session once: what comes last is the latest. */
function merge(known: readonly SessionItem[], fresh: readonly SessionItem[]): readonly SessionItem[] {
  const byId = new Map([...known, ...fresh].map((item) => [item.document._id, item]));
  const time = (item: SessionItem) => Date.parse(item.document['@timestamp']);
  return [...byId.values()].sort((a, b) => time(b) - time(a));
}

export function SessionRows({
  items,
  short = false,
}: {
  readonly items: readonly SessionItem[];
  readonly short?: boolean;
}) {
  if (items.length === 0) {
    return (
      <Empty title="No session yet">
        As soon as somebody gets in, the session is here with every command, what its terminal showed, and the alerts.
      </Empty>
    );
  }
  return (
    <ol className={`rows session-rows ${short ? 'short' : ''}`}>
      {items.map((item) => (
        <SessionLine key={item.document._id} item={item} />
      ))}
    </ol>
  );
}

function SessionLine({ item: { document, counts } }: { readonly item: SessionItem }) {
  const { started, ended } = document.waspglass;
  return (
    <li className="row session-row linked" data-testid="session-row">
      <Time at={started} />
      <span className="what">
        <Link href={pathOf.session(document.session.id)} className="cover">
          <b className="mono">
            <Hostile text={document.user?.name ?? '?'} max={100} />
          </b>
        </Link>{' '}
        <span className="soft">from</span>{' '}
        <span className="mono">
          <Hostile text={document.source?.ip ?? 'unknown'} max={64} />
        </span>
      </span>
      <span className="took">
        {ended === undefined ? <span className="badge on">live</span> : null} <Lasting from={started} to={ended} />
      </span>
      <span className="counts">
        <Count value={counts.commands} one="command" />
        <Count value={counts.alerts} one="alert" bad />
        <Count value={counts.files} one="file" />
        <Count value={counts.connections} one="connection" />
      </span>
    </li>
  );
}

function Count({ value, one, bad = false }: { readonly value: number; readonly one: string; readonly bad?: boolean }) {
  return (
    <span className={`count ${value === 0 ? 'none' : ''} ${bad && value > 0 ? 'hot' : ''}`}>
      <b className="num">{formatNumber(value)}</b> <span>{value === 1 ? one : `${one}s`}</span>
    </span>
  );
}
