/** What the captures grew, minute by minute: bytes as bars, events as a line, lost events in red. */
import type { GrowthResponse } from '@waspglass/api';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatBytes, formatMinute, formatNumber, plural } from '../data/format.ts';
import { useData, useLiveReload } from '../data/use-data.ts';
import { type Columns, columnsOf, PLOT_HEIGHT, plotData, plotOptions } from './growth-plot.ts';
import { Choice, Panel } from './panel.tsx';
import { Problem } from './text.tsx';

const RANGES = [
  [60, '1 h'],
  [360, '6 h'],
  [1440, '24 h'],
  [10_080, '7 d'],
] as const;

export function GrowthPanel() {
  const [minutes, setMinutes] = useState<number>(60);
  const { data, problem, reload } = useData('growth', {}, { minutes });
  useLiveReload(reload, (item) => item.document.event.dataset === 'capture.growth', 2000);
  useEffect(() => {
    const timer = setInterval(reload, 30_000);
    return () => clearInterval(timer);
  }, [reload]);
  const total = data?.steps.reduce((sum, step) => sum + step.bytes, 0) ?? 0;
  return (
    <Panel
      title="Capture growth"
      note={data === undefined ? '' : formatBytes(total)}
      actions={<Choice label="Time span" options={RANGES} value={minutes} onChange={setMinutes} />}
    >
      {problem === undefined ? null : <Problem text={problem.message} />}
      <div className="chart" data-testid="growth-chart">
        {data === undefined || data.steps.length === 0 ? null : <Chart growth={data} />}
        {data !== undefined && data.steps.length === 0 ? (
          <p className="chart-empty">Nothing recorded in this span. Each minute that the sensor records adds a bar.</p>
        ) : null}
      </div>
    </Panel>
  );
}

function Chart({ growth }: { readonly growth: GrowthResponse }) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [pointed, setPointed] = useState<number | null>(null);
  const [dark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  const columns = columnsOf(growth);
  const latest = useRef(columns);
  latest.current = columns;

  useEffect(() => {
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const change = () => setDark(scheme.matches);
    scheme.addEventListener('change', change);
    return () => scheme.removeEventListener('change', change);
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another scheme needs other colours, read when it is made
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const made = new uPlot(plotOptions(element, setPointed), plotData(latest.current), element);
    plot.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: PLOT_HEIGHT }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [dark]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the columns come from `growth`
  useEffect(() => {
    plot.current?.setData(plotData(latest.current));
  }, [growth]);

  // Without a pointer the newest step is read out.
  const at = Math.min(pointed ?? Number.POSITIVE_INFINITY, columns.time.length - 1);
  const lost = columns.lost[at] ?? 0;
  return (
    <>
      <div ref={holder} className="plot" role="img" aria-label={describe(columns)} />
      <p className="readout num">
        <span>{columns.time[at] === undefined ? '' : formatMinute(columns.time[at] * 1000)}</span>
        <span>
          <i className="key bytes" aria-hidden="true" /> {formatBytes(columns.bytes[at] ?? 0)}
        </span>
        <span>
          <i className="key events" aria-hidden="true" /> {plural(columns.events[at] ?? 0, 'event')}
        </span>
        <span className={lost > 0 ? 'bad' : 'soft'}>{formatNumber(lost)} lost</span>
        <span className="soft">per {growth.step === 1 ? 'minute' : `${growth.step} min`}</span>
      </p>
    </>
  );
}

function describe({ time, bytes, events, lost }: Columns): string {
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  return `${formatBytes(sum(bytes))} in ${time.length} steps; ${formatNumber(sum(events))} events, ${formatNumber(sum(lost))} lost`;
}
