/** The bar on top: name, pages, search, and how the honeypot is. */
import type { Health, StatusResponse } from '@waspglass/api';
import { type SyntheticEvent, useEffect, useRef } from 'react';
import { formatNumber, formatShort } from '../data/format.ts';
import { type Connection, useConnection, useStatus } from '../data/live.ts';
import { Link, navigate, useLocation } from '../router.tsx';

/** Devices that hover have a keyboard to press `/` on. */
const HAS_KEYBOARD = matchMedia('(hover: hover)').matches;

const PAGES = [
  ['/', 'Live', ''],
  ['/logins', 'Log-ins', 'addresses'],
  ['/sessions', 'Sessions', 'sessions'],
  ['/alerts', 'Alerts', 'alerts'],
] as const;

export function Header() {
  const { segments, query } = useLocation();
  const here = segments[0] ?? '';
  return (
    <header className="top">
      <Link href="/" className="brand" aria-label="Waspglass, live page">
        <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
          <path d="M16 2l12 7v14l-12 7L4 23V9z" fill="var(--amber-fill)" />
          <path d="M5.5 13h21v3.4h-21zM7 19.4h18v3.2H7z" fill="var(--brand-stripe)" />
        </svg>
        <span>Waspglass</span>
      </Link>
      <nav aria-label="Pages">
        {PAGES.map(([path, text, also]) => {
          const current = path === `/${here}` || (also !== '' && also === here);
          return (
            <Link key={path} href={path} {...(current ? { 'aria-current': 'page' as const } : {})}>
              {text}
            </Link>
          );
        })}
      </nav>
      <Search initial={here === 'search' ? (query.get('q') ?? '') : ''} />
      <StatusLine />
    </header>
  );
}

function Search({ initial }: { readonly initial: string }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, select') !== null;
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener('keydown', focus);
    return () => window.removeEventListener('keydown', focus);
  }, []);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const q = input.current?.value.trim() ?? '';
    if (q !== '') navigate(`/search?q=${encodeURIComponent(q)}`);
  };
  return (
    <search>
      <form onSubmit={submit}>
        <input
          ref={input}
          key={initial}
          defaultValue={initial}
          type="search"
          name="q"
          maxLength={200}
          placeholder={HAS_KEYBOARD ? 'Search   /' : 'Search'}
          aria-label="Search commands, messages, paths and terminal text"
          autoComplete="off"
          spellCheck={false}
        />
      </form>
    </search>
  );
}

const HEALTH: Readonly<Record<Health, readonly [dot: string, text: string]>> = {
  up: ['good', 'up'],
  down: ['bad', 'down'],
  unknown: ['', 'unknown'],
};
const LINK: Readonly<Record<Connection, readonly [dot: string, text: string]>> = {
  open: ['good', 'live'],
  connecting: ['', 'connecting'],
  lost: ['bad', 'reconnecting'],
};

function StatusLine() {
  const status = useStatus();
  const [dot, text] = LINK[useConnection()];
  return (
    <section className="status" aria-label="Status">
      <Chip dot={dot} name="console" value={text} title="Connection of this page to the collector" />
      {status === undefined ? null : <Machine status={status} />}
    </section>
  );
}

function Machine({ status }: { readonly status: StatusResponse }) {
  const [dot, text] = HEALTH[status.victim];
  const lost = status.lostEvents > 0;
  return (
    <>
      <Chip dot={dot} name="victim" value={text} title={`Sensor: ${HEALTH[status.sensor][1]}`} />
      <Chip
        dot={lost ? 'bad' : ''}
        name="lost"
        value={formatShort(status.lostEvents)}
        title={`${formatNumber(status.lostEvents)} events that the sensor could not record`}
      />
      <Chip
        dot=""
        name="dropped"
        value={formatShort(status.droppedPackets)}
        title={`${formatNumber(status.droppedPackets)} packets from the victim that the containment refused`}
      />
      {status.storeProblem === '' ? null : (
        <Chip dot="bad" name="store" value="not written" title={status.storeProblem} />
      )}
    </>
  );
}

interface ChipProps {
  readonly dot: string;
  readonly name: string;
  readonly value: string;
  readonly title: string;
}

function Chip({ dot, name, value, title }: ChipProps) {
  return (
    <span className={`chip ${dot}`} title={title}>
      {dot === '' ? null : <i className="dot" aria-hidden="true" />}
      <span className="chip-name">{name}</span> <b>{value}</b>
    </span>
  );
}
