/** One address: what it tried, and its sessions. */
import { useState } from 'react';
import { formatNumber } from '../data/format.ts';
import { useData, useLiveReload } from '../data/use-data.ts';
import { GuessList } from '../parts/guess-list.tsx';
import { Panel } from '../parts/panel.tsx';
import { Hostile, Loading, Problem, Time } from '../parts/text.tsx';
import { Link } from '../router.tsx';
import { SessionRows } from './sessions.tsx';

export function AddressPage({ ip }: { readonly ip: string }) {
  const [reveal, setReveal] = useState(false);
  const { data, problem, reload } = useData('address', { ip }, { reveal, limit: 2000 });
  useLiveReload(reload, ({ document }) => document.source?.ip === ip, 700);
  return (
    <main id="main">
      <p className="crumb">
        <Link href="/logins">Log-ins</Link>
      </p>
      <h1 className="mono">
        <Hostile text={ip} max={64} />
      </h1>
      {problem === undefined ? null : (
        <Problem text={problem.status === 404 ? 'This address has not tried to log in.' : problem.message} />
      )}
      {data === undefined && problem === undefined ? <Loading /> : null}
      {data === undefined ? null : (
        <>
          <dl className="facts">
            <Fact name="attempts">{formatNumber(data.address.attempts)}</Fact>
            <Fact name="got in">{data.address.successes === 0 ? 'never' : formatNumber(data.address.successes)}</Fact>
            <Fact name="users">{formatNumber(data.address.users)}</Fact>
            <Fact name="passwords">{formatNumber(data.address.passwords)}</Fact>
            <Fact name="first">
              <Time at={data.address.first} />
            </Fact>
            <Fact name="last">
              <Time at={data.address.last} />
            </Fact>
          </dl>
          <div className="columns">
            <Panel title="Tried">
              <GuessList
                guesses={data.guesses}
                attempts={data.address.attempts}
                revealed={data.revealed}
                onReveal={setReveal}
              />
            </Panel>
            <Panel title="Sessions">
              <SessionRows items={data.sessions} short />
            </Panel>
          </div>
        </>
      )}
    </main>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
