/** Alerts with what they say and the techniques that they name. */
import type { AlertDocument } from '@waspglass/api';
import { Link, pathOf } from '../router.tsx';
import { AddressLink } from './feed-item.tsx';
import { Hostile, Priority, Time } from './text.tsx';

export function AlertList({
  alerts,
  withSession = false,
}: {
  readonly alerts: readonly AlertDocument[];
  readonly withSession?: boolean;
}) {
  return (
    <ol className={`rows alert-list ${withSession ? 'wide' : 'tall'}`}>
      {alerts.map((alert) => (
        <AlertItem key={alert._id} alert={alert} withSession={withSession} />
      ))}
    </ol>
  );
}

function AlertItem({ alert, withSession }: { readonly alert: AlertDocument; readonly withSession: boolean }) {
  const { rule, session, tags, waspglass } = alert;
  return (
    <li className="alert-item" data-testid="alert-item">
      <div className="alert-head">
        <span className="alert-name">
          <Priority value={waspglass.priority} />
          <b>
            <Hostile text={rule.name} max={200} />
          </b>
        </span>
        <Time at={alert['@timestamp']} />
      </div>
      <p className="alert-output">
        <Hostile text={alert.message} max={1000} />
      </p>
      <p className="tags">
        {withSession && session !== undefined ? <Link href={pathOf.session(session.id)}>session</Link> : null}
        {withSession && alert.source?.ip !== undefined ? <AddressLink ip={alert.source.ip} /> : null}
        {tags.slice(0, 12).map((tag) => (
          <Tag key={tag} tag={tag} />
        ))}
        {waspglass.latency_ms === undefined ? null : (
          <span className="soft num" title="From the event to the alert">
            {Math.round(waspglass.latency_ms)} ms
          </span>
        )}
      </p>
    </li>
  );
}

/** `T1053.003` and `mitre_persistence` as ATT&CK names them; other tags as they are. */
function Tag({ tag }: { readonly tag: string }) {
  if (/^T\d{4}(\.\d{3})?$/.test(tag)) {
    return (
      <span className="tag technique" title={`ATT&CK technique ${tag}`}>
        {tag}
      </span>
    );
  }
  const tactic = /^mitre_([a-z_]{3,40})$/.exec(tag)?.[1];
  if (tactic === undefined) {
    return (
      <span className="tag">
        <Hostile text={tag} max={60} />
      </span>
    );
  }
  return (
    <span className="tag" title="ATT&CK tactic">
      {tactic.replaceAll('_', ' ')}
    </span>
  );
}
