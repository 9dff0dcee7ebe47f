/** What a search found. */
import { type Item, plainTerminalText, type WaspglassDocument } from '@waspglass/api';
import { useData } from '../data/use-data.ts';
import { Panel } from '../parts/panel.tsx';
import { Empty, Hostile, Loading, Problem, Time } from '../parts/text.tsx';
import { Link, pathOf } from '../router.tsx';

const NAMES: Readonly<Record<string, string>> = {
  'system.auth': 'attempt',
  'system.syslog': 'log',
  'honeypot.session': 'session',
  'honeypot.command': 'command',
  'honeypot.terminal': 'terminal',
  'honeypot.file': 'file',
  'honeypot.connection': 'connection',
  'falco.alerts': 'alert',
};

export function SearchPage({ text }: { readonly text: string }) {
  const { data, problem } = useData('search', {}, { q: text, limit: 200 });
  return (
    <main id="main">
      <h1>
        Search: <Hostile text={text} max={200} />
      </h1>
      {problem === undefined ? null : <Problem text={problem.message} />}
      <Panel title="Found" note="newest first, at most 200">
        {data === undefined && problem === undefined ? <Loading /> : null}
        {data?.items.length === 0 ? (
          <Empty title="Nothing found">
            All words must occur in one command, message, path, password or piece of terminal text; the last one may be
            a beginning.
          </Empty>
        ) : null}
        <ol className="rows">
          {data?.items.map((item) => (
            <Found key={item.document._id} item={item} />
          ))}
        </ol>
      </Panel>
    </main>
  );
}

function textOf(document: WaspglassDocument): string {
  if (document.event.dataset === 'honeypot.terminal') return plainTerminalText(document.message).trim();
  return document.process?.command_line ?? document.message;
}

function Found({ item: { document } }: { readonly item: Item }) {
  const to =
    document.session !== undefined
      ? pathOf.session(document.session.id)
      : document.source?.ip !== undefined
        ? pathOf.address(document.source.ip)
        : undefined;
  return (
    <li className="row feed-row" data-testid="search-hit">
      <Time at={document['@timestamp']} />
      <span className="badge">{NAMES[document.event.dataset] ?? 'other'}</span>
      <span className="what mono">
        <Hostile text={textOf(document)} max={500} />
      </span>
      <span className="aside">{to === undefined ? null : <Link href={to}>open</Link>}</span>
    </li>
  );
}
