/** One line of the feed: an attempt, an alert or a session. */
import type { AlertDocument, AuthDocument, Item, SessionDocument } from '@waspglass/api';
import { useState } from 'react';
import { ask } from '../data/client.ts';
import { plural } from '../data/format.ts';
import { Link, pathOf } from '../router.tsx';
import { Hostile, Lasting, Password, Priority, Time } from './text.tsx';

export function FeedItem({ item, fresh = false }: { readonly item: Item; readonly fresh?: boolean }) {
  const { document } = item;
  const kind = KINDS[document.event.dataset];
  if (kind === undefined) return null;
  return (
    <li className={`row feed-row ${fresh ? 'fresh' : ''}`} data-testid="feed-item" data-kind={kind}>
      <Time at={document['@timestamp']} />
      {document.event.dataset === 'system.auth' ? <Attempt document={document as AuthDocument} /> : null}
      {document.event.dataset === 'falco.alerts' ? <AlertLine document={document as AlertDocument} /> : null}
      {document.event.dataset === 'honeypot.session' ? <SessionLine document={document as SessionDocument} /> : null}
    </li>
  );
}

const KINDS: Readonly<Record<string, string>> = {
  'system.auth': 'attempt',
  'falco.alerts': 'alert',
  'honeypot.session': 'session',
};

export function AddressLink({ ip }: { readonly ip: string | undefined }) {
  if (ip === undefined) return <span className="soft">unknown address</span>;
  return (
    <Link href={pathOf.address(ip)} className="mono quiet">
      <Hostile text={ip} max={64} />
    </Link>
  );
}

function Attempt({ document }: { readonly document: AuthDocument }) {
  const success = document.event.outcome === 'success';
  const { method } = document.waspglass;
  return (
    <>
      <span className={`badge ${success ? 'grave' : ''}`}>{success ? 'got in' : 'attempt'}</span>
      <span className="what">
        <b className="mono">
          <Hostile text={document.user?.name ?? '?'} max={100} />
        </b>{' '}
        <span className="soft">from</span> <AddressLink ip={document.source?.ip} />
      </span>
      <span className="aside">
        {method === undefined || method === 'password' ? null : (
          <span className="soft">
            <Hostile text={method} max={40} />
          </span>
        )}
        <OwnPassword document={document} />
      </span>
    </>
  );
}

/** A password that is asked for by itself. */
export function OwnPassword({ document }: { readonly document: AuthDocument | SessionDocument }) {
  const [value, setValue] = useState<string>();
  const reveal = async () => {
    const { document: whole } = await ask('document', { id: document._id }, { reveal: true });
    setValue('password' in whole.waspglass ? whole.waspglass.password : undefined);
  };
  const given = document.waspglass.password;
  if (given === undefined) return null;
  return (
    <Password
      value={value ?? given}
      revealed={value !== undefined}
      onReveal={() => {
        reveal().catch(() => setValue(undefined));
      }}
    />
  );
}

function AlertLine({ document }: { readonly document: AlertDocument }) {
  const { session } = document;
  return (
    <>
      <Priority value={document.waspglass.priority} />
      <span className="what">
        <b>
          <Hostile text={document.rule.name} max={200} />
        </b>{' '}
        <span className="soft">
          <Hostile text={document.message} max={300} />
        </span>
      </span>
      <span className="aside">
        {session === undefined ? null : <Link href={pathOf.session(session.id)}>session</Link>}
      </span>
    </>
  );
}

function SessionLine({ document }: { readonly document: SessionDocument }) {
  const { started, ended, commands, alerts } = document.waspglass;
  return (
    <>
      <span className={`badge ${ended === undefined ? 'on' : ''}`}>{ended === undefined ? 'session' : 'ended'}</span>
      <span className="what">
        <Link href={pathOf.session(document.session.id)}>
          <b className="mono">
            <Hostile text={document.user?.name ?? '?'} max={100} />
          </b>
        </Link>{' '}
        <span className="soft">from</span> <AddressLink ip={document.source?.ip} />{' '}
        {ended === undefined ? null : (
          <span className="soft">
            · {plural(commands, 'command')} · {plural(alerts, 'alert')}
          </span>
        )}
      </span>
      <span className="aside">
        <Lasting from={started} to={ended} />
      </span>
    </>
  );
}
