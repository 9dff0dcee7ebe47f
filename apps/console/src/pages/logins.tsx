/** Attempts to log in by address; each opens to the passwords that it tried. */
import type { Address } from '@waspglass/api';
import { useState } from 'react';
import { formatNumber, plural } from '../data/format.ts';
import { useData, useLiveReload } from '../data/use-data.ts';
import { GuessList } from '../parts/guess-list.tsx';
import { Choice, Panel } from '../parts/panel.tsx';
import { Empty, Hostile, Loading, Problem, Time } from '../parts/text.tsx';
import { Link, pathOf } from '../router.tsx';

const ORDERS = [
  ['last', 'Latest'],
  ['attempts', 'Most attempts'],
] as const;

export function LoginsPage() {
  const [order, setOrder] = useState<'last' | 'attempts'>('last');
  const { data, problem, reload } = useData('addresses', {}, { order, limit: 200 });
  useLiveReload(reload, ({ document }) => document.event.dataset === 'system.auth', 700);
  return (
    <main id="main">
      <h1>Log-ins by address</h1>
      <p className="lead">Who tried, how often, and with what. Passwords are shown when you ask for them.</p>
      {problem === undefined ? null : <Problem text={problem.message} />}
      <Panel
        title="Addresses"
        note={data === undefined ? '' : plural(data.addresses.length, 'address', 'addresses')}
        actions={<Choice label="Order" options={ORDERS} value={order} onChange={setOrder} />}
      >
        {data === undefined ? <Loading /> : null}
        {data?.addresses.length === 0 ? (
          <Empty title="Nobody has tried yet">
            Each address that tries to log in over SSH gets a line here, with the user names and passwords that it
            tried.
          </Empty>
        ) : null}
        <ol className="rows">
          {data?.addresses.map((address) => (
            <AddressLine key={address.ip} address={address} />
          ))}
        </ol>
      </Panel>
    </main>
  );
}

function AddressLine({ address }: { readonly address: Address }) {
  const [open, setOpen] = useState(false);
  const listId = `guesses-${address.ip}`;
  return (
    <li className="address" data-testid="address-row">
      <div className="row address-row">
        <button
          type="button"
          className="opener"
          aria-expanded={open}
          aria-controls={listId}
          onClick={() => setOpen(!open)}
        >
          <span className="chevron" aria-hidden="true" />
          <b className="mono">
            <Hostile text={address.ip} max={64} />
          </b>
        </button>
        <span className="count">
          <b className="num">{formatNumber(address.attempts)}</b>{' '}
          <span>{address.attempts === 1 ? 'attempt' : 'attempts'}</span>
        </span>
        <span className="count">
          <b className="num">{formatNumber(address.users)}</b> <span>{address.users === 1 ? 'user' : 'users'}</span>
        </span>
        <span className="count">
          <b className="num">{formatNumber(address.passwords)}</b>{' '}
          <span>{address.passwords === 1 ? 'password' : 'passwords'}</span>
        </span>
        <span className="outcome">
          {address.successes > 0 ? <span className="badge grave">got in</span> : <span className="badge">refused</span>}
        </span>
        <span className="when">
          <Time at={address.first} /> <span className="soft">–</span> <Time at={address.last} />
        </span>
        <Link href={pathOf.address(address.ip)} className="detail">
          details
        </Link>
      </div>
      {open ? (
        <div id={listId} className="opened">
          <AddressGuesses ip={address.ip} attempts={address.attempts} />
        </div>
      ) : null}
    </li>
  );
}

function AddressGuesses({ ip, attempts }: { readonly ip: string; readonly attempts: number }) {
  const [reveal, setReveal] = useState(false);
  const { data, problem, reload } = useData('address', { ip }, { reveal });
  useLiveReload(reload, ({ document }) => document.source?.ip === ip && document.event.dataset === 'system.auth', 700);
  if (problem !== undefined) return <Problem text={problem.message} />;
  if (data === undefined) return <Loading />;
  return <GuessList guesses={data.guesses} attempts={attempts} revealed={data.revealed} onReveal={setReveal} />;
}
