/** The page: header, and the part that the address names. */
import { useEffect, useState } from 'react';
import { onLoggedOut } from './data/client.ts';
import { openLive } from './data/live.ts';
import { AddressPage } from './pages/address.tsx';
import { AlertsPage } from './pages/alerts.tsx';
import { LivePage } from './pages/live.tsx';
import { LoginsPage } from './pages/logins.tsx';
import { SearchPage } from './pages/search.tsx';
import { SessionPage } from './pages/session.tsx';
import { SessionsPage } from './pages/sessions.tsx';
import { Header } from './parts/header.tsx';
import { Empty } from './parts/text.tsx';
import { Link, type Place, useLocation } from './router.tsx';

export function App() {
  const place = useLocation();
  const [gone, setGone] = useState(false);
  useEffect(() => onLoggedOut(() => setGone(true)), []);
  useEffect(openLive, []);
  return (
    <>
      <a className="skip" href="#main">
        To the content
      </a>
      <Header />
      {gone ? (
        <p className="notice" role="alert">
          This log-in has ended. On the machine that runs Waspglass, <code>sudo waspglass login</code> prints a new
          link.
        </p>
      ) : null}
      <Page key={place.segments.join('/')} place={place} />
    </>
  );
}

function Page({ place: { segments, query } }: { readonly place: Place }) {
  const [first = '', second, ...more] = segments;
  if (more.length > 0) return <Nowhere />;
  if (second !== undefined) {
    if (first === 'sessions') return <SessionPage id={second} />;
    return first === 'addresses' ? <AddressPage ip={second} /> : <Nowhere />;
  }
  if (first === 'search') return <SearchPage text={query.get('q') ?? ''} />;
  const Found = PAGES[first];
  return Found === undefined ? <Nowhere /> : <Found />;
}

const PAGES: Readonly<Record<string, () => React.ReactNode>> = {
  '': LivePage,
  logins: LoginsPage,
  addresses: LoginsPage,
  sessions: SessionsPage,
  alerts: AlertsPage,
};

function Nowhere() {
  return (
    <main id="main">
      <Empty title="There is no such page">
        <Link href="/">The live page</Link> shows what happens now.
      </Empty>
    </main>
  );
}
