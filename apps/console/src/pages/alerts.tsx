/** All alerts, by gravity and by rule. */
import { useState } from 'react';
import { useData, useLiveReload } from '../data/use-data.ts';
import { AlertList } from '../parts/alert-list.tsx';
import { Choice, Panel } from '../parts/panel.tsx';
import { Empty, Loading, Problem } from '../parts/text.tsx';
import { navigate, useLocation } from '../router.tsx';

const GRAVITY = [
  [7, 'All'],
  [5, 'Notice +'],
  [4, 'Warning +'],
  [2, 'Critical +'],
] as const;
const STEP = 100;

export function AlertsPage() {
  const rule = useLocation().query.get('rule') ?? '';
  const [severity, setSeverity] = useState<number>(7);
  const [limit, setLimit] = useState(STEP);
  const { data, problem, reload } = useData('alerts', {}, { limit, rule, ...(severity === 7 ? {} : { severity }) });
  useLiveReload(reload, ({ document }) => document.event.dataset === 'falco.alerts', 700);
  const rules = [...new Set(data?.items.map((item) => item.document.rule.name))].sort();
  const choose = (name: string) =>
    navigate(name === '' ? '/alerts' : `/alerts?rule=${encodeURIComponent(name)}`, { replace: true });
  return (
    <main id="main">
      <h1>Alerts</h1>
      <p className="lead">Rules judge every system call and every log-in while they happen.</p>
      {problem === undefined ? null : <Problem text={problem.message} />}
      <Panel
        title="Alerts"
        note="newest first"
        actions={
          <>
            <select aria-label="Rule" value={rule} onChange={(event) => choose(event.target.value)}>
              <option value="">All rules</option>
              {(rules.includes(rule) || rule === '' ? rules : [rule, ...rules]).map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
            <Choice label="Gravity" options={GRAVITY} value={severity} onChange={setSeverity} />
          </>
        }
      >
        {data === undefined ? <Loading /> : null}
        {data?.items.length === 0 ? (
          <Empty title="No alert">
            When something matches a rule, it appears here within two seconds, with its techniques and its session.
          </Empty>
        ) : null}
        <AlertList alerts={data?.items.map((item) => item.document) ?? []} withSession />
        {data?.items.length === limit && limit < 500 ? (
          <button type="button" className="more" onClick={() => setLimit(Math.min(500, limit + STEP))}>
            Older
          </button>
        ) : null}
      </Panel>
    </main>
  );
}
