/**
 * Small pieces of text. `Hostile` is the only way in which attackers' text reaches the page: text nodes, isolated from
 * the direction of what stands around, with every character that could act shown by its name.
 */
import { visibleSegments, visibleText } from '@waspglass/api';
import { type ReactNode, useEffect, useState } from 'react';
import { formatDuration, formatMoment, formatUtc } from '../data/format.ts';

export function Hostile({ text, max = 2000 }: { readonly text: string; readonly max?: number }) {
  const segments = visibleSegments(text, max);
  return (
    <bdi className="hostile">
      {segments.map(({ text: part, odd }, i) =>
        odd ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text have no other name
          <span key={i} className="odd" title="A character that cannot be shown">
            {part}
          </span>
        ) : (
          part
        ),
      )}
    </bdi>
  );
}

/** Local time; UTC on hover. */
export function Time({ at }: { readonly at: number | string }) {
  const ms = typeof at === 'number' ? at : Date.parse(at);
  if (!Number.isFinite(ms)) return <span className="soft">unknown</span>;
  return (
    <time className="time" dateTime={new Date(ms).toISOString()} title={formatUtc(ms)}>
      {formatMoment(ms)}
    </time>
  );
}

/** How long something took, counting on while it lasts. */
export function Lasting({ from, to }: { readonly from: string; readonly to: string | undefined }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (to !== undefined) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [to]);
  const end = to === undefined ? now : Date.parse(to);
  return <span className="num">{formatDuration(end - Date.parse(from))}</span>;
}

interface PasswordProps {
  /** null: not seen. */
  readonly value: string | null | undefined;
  readonly revealed: boolean;
  readonly onReveal: () => void;
}

export function Password({ value, revealed, onReveal }: PasswordProps) {
  if (value === null || value === undefined) {
    return (
      <span className="soft" data-testid="password" title="This method has no password, or it was not seen">
        –
      </span>
    );
  }
  if (revealed) {
    return (
      <code className="password shown" data-testid="password">
        {value === '' ? <span className="soft">(empty)</span> : <Hostile text={value} max={400} />}
      </code>
    );
  }
  return (
    <button type="button" className="password" data-testid="password" onClick={onReveal} title="Show the password">
      <span aria-hidden="true">••••••••</span>
      <span className="unseen">Show the password</span>
    </button>
  );
}

const GRAVE: Readonly<Record<string, string>> = {
  emergency: 'grave',
  alert: 'grave',
  critical: 'grave',
  error: 'grave',
  warning: 'warn',
  notice: 'note',
};

export function Priority({ value }: { readonly value: string }) {
  return <span className={`badge ${GRAVE[value.toLowerCase()] ?? ''}`}>{visibleText(value, 20).toLowerCase()}</span>;
}

export function Empty({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      <p>{children}</p>
    </div>
  );
}

export function Problem({ text }: { readonly text: string }) {
  return (
    <p className="problem" role="alert">
      {text}
    </p>
  );
}

export function Loading() {
  return (
    <p className="loading" aria-live="polite">
      Loading …
    </p>
  );
}
