/** One session as one story: who, from where, what was run, what was seen, what it left behind. */
import type { SessionResponse } from '@waspglass/api';
import { type ReactNode, useState } from 'react';
import { formatNumber } from '../data/format.ts';
import { useData, useLiveReload } from '../data/use-data.ts';
import { AlertList } from '../parts/alert-list.tsx';
import { CommandList } from '../parts/command-list.tsx';
import { AddressLink } from '../parts/feed-item.tsx';
import { Panel } from '../parts/panel.tsx';
import { AttemptList, ConnectionList, FileList } from '../parts/session-lists.tsx';
import { TerminalPanel } from '../parts/terminal.tsx';
import { Empty, Hostile, Lasting, Loading, Password, Problem, Time } from '../parts/text.tsx';
import { Link } from '../router.tsx';

export function SessionPage({ id }: { readonly id: string }) {
  const [reveal, setReveal] = useState(false);
  const { data, problem, reload } = useData('session', { id }, { reveal });
  useLiveReload(reload, ({ document }) => document.session?.id === id, 400);
  return (
    <main id="main" className="session">
      <p className="crumb">
        <Link href="/sessions">Sessions</Link>
      </p>
      {data === undefined && problem === undefined ? <Loading /> : null}
      {problem === undefined ? null : (
        <Problem text={problem.status === 404 ? 'There is no session with this name.' : problem.message} />
      )}
      {data === undefined ? null : <Story data={data} onReveal={() => setReveal(true)} />}
    </main>
  );
}

function Story({ data, onReveal }: { readonly data: SessionResponse; readonly onReveal: () => void }) {
  const { session, commands, alerts, files, connections, attempts, terminal } = data;
  const started = Date.parse(session.waspglass.started);
  return (
    <>
      <Head data={data} onReveal={onReveal} />
      {data.truncated ? (
        <p className="notice">This session is longer than what a page can hold; the captures have all of it.</p>
      ) : null}
      <div className="session-grid">
        <div className="session-main">
          <Panel title="Commands" id="commands" note={count(commands.length)}>
            <CommandList commands={commands} started={started} />
          </Panel>
          <TerminalPanel documents={terminal} tty={session.waspglass.tty !== false} />
          <Panel title="Connections" id="connections" note={count(connections.length)}>
            <ConnectionList connections={connections} />
          </Panel>
          <Panel title="Files" id="files" note={count(files.length)}>
            <FileList files={files} />
          </Panel>
        </div>
        <div className="session-side">
          <Panel title="Alerts" id="alerts" note={count(alerts.length)}>
            {alerts.length === 0 ? (
              <Empty title="No alert">What this session does is judged by the rules while it happens.</Empty>
            ) : (
              <AlertList alerts={alerts} />
            )}
          </Panel>
          <Panel title="Attempts before" id="attempts" note={count(attempts.length)}>
            <AttemptList attempts={attempts} revealed={data.revealed} onReveal={onReveal} />
          </Panel>
        </div>
      </div>
    </>
  );
}

function count(value: number): string {
  return value === 0 ? '' : formatNumber(value);
}

function Head({
  data: { session, counts, revealed },
  onReveal,
}: {
  readonly data: SessionResponse;
  readonly onReveal: () => void;
}) {
  const { started, ended, method, password, tty, failures_before: failures, capture } = session.waspglass;
  return (
    <>
      <h1 className="session-title">
        <span className="mono">
          <Hostile text={session.user?.name ?? '?'} max={100} />
        </span>{' '}
        <span className="soft">from</span> <AddressLink ip={session.source?.ip} />{' '}
        <span className={`badge ${ended === undefined ? 'on' : ''}`}>{ended === undefined ? 'live' : 'ended'}</span>
      </h1>
      <dl className="facts">
        <Fact name="started">
          <Time at={started} />
        </Fact>
        <Fact name="lasted">
          <Lasting from={started} to={ended} />
        </Fact>
        <Fact name="log-in">
          <Hostile text={method ?? 'password'} max={60} />
        </Fact>
        <Fact name="password">
          <Password value={password} revealed={revealed} onReveal={onReveal} />
        </Fact>
        <Fact name="failures before">{formatNumber(failures)}</Fact>
        <Fact name="terminal">{tty === undefined ? '–' : tty ? 'yes' : 'no'}</Fact>
        <Fact name="commands">{formatNumber(counts.commands)}</Fact>
        <Fact name="host">
          <Hostile text={session.host.name} max={100} />
        </Fact>
        {capture === undefined ? null : (
          <Fact name="capture" wide>
            <code>
              <Hostile text={capture.file} max={200} />
            </code>{' '}
            <span className="soft">event {formatNumber(capture.event)}</span>
          </Fact>
        )}
      </dl>
    </>
  );
}

function Fact({
  name,
  wide = false,
  children,
}: {
  readonly name: string;
  readonly wide?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div className={wide ? 'wide' : ''}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
