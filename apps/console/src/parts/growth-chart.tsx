/** What the captures grew, minute by minute: bytes as bars, events as a line, lost events in red. */
import type { GrowthResponse } from '@waspglass/api';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatBytes, formatMoment, formatNumber, formatShort, plural } from '../data/format.ts';
import { useData, useLiveReload } from '../data/use-data.ts';
import { Choice, Panel } from './panel.tsx';
import { Problem } from './text.tsx';

const RANGES = [
  [60, '1 h'],
  [360, '6 h'],
  [1440, '24 h'],
  [10_080, '7 d'],
] as const;
const HEIGHT = 168;

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
      note={data === undefined ? '' : `${formatBytes(total)} · per ${data.step === 1 ? 'minute' : `${data.step} min`}`}
      actions={<Choice label="Time span" options={RANGES} value={minutes} onChange={setMinutes} />}
    >
      {problem === undefined ? null : <Problem text={problem.message} />}
      <div className="chart" data-testid="growth-chart">
        {data === undefined ? null : <Chart growth={data} />}
        {data !== undefined && data.steps.length === 0 ? (
          <p className="chart-empty">Nothing recorded in this span. Each minute that the sensor records adds a bar.</p>
        ) : null}
      </div>
    </Panel>
  );
}

type Columns = [number[], number[], number[], number[]];

/** Every step of the span, those without a row as zero. */
function columnsOf({ from, to, step, steps }: GrowthResponse): Columns {
  const width = step * 60_000;
  const byTime = new Map(steps.map((row) => [row.time, row]));
  const columns: Columns = [[], [], [], []];
  for (let time = Math.ceil(from / width) * width; time <= to; time += width) {
    const row = byTime.get(time);
    columns[0].push(time / 1000);
    columns[1].push(row?.bytes ?? 0);
    columns[2].push(row?.events ?? 0);
    columns[3].push(row?.lost ?? 0);
  }
  return columns;
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
    const made = new uPlot(optionsFor(element, setPointed), latest.current, element);
    plot.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [dark]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the columns come from `growth`
  useEffect(() => {
    plot.current?.setData(latest.current);
  }, [growth]);

  const at = pointed ?? columns[0].length - 1;
  return (
    <>
      <div ref={holder} className="plot" role="img" aria-label={describe(columns)} />
      <p className="readout num">
        <span>{columns[0][at] === undefined ? '' : formatMoment(columns[0][at] * 1000).replace(/:\d\d$/, '')}</span>
        <span>{formatBytes(columns[1][at] ?? 0)}</span>
        <span>{plural(columns[2][at] ?? 0, 'event')}</span>
        <span className={(columns[3][at] ?? 0) > 0 ? 'bad' : 'soft'}>{formatNumber(columns[3][at] ?? 0)} lost</span>
      </p>
    </>
  );
}

function describe(columns: Columns): string {
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  return `Bars: ${formatBytes(sum(columns[1]))} in ${columns[0].length} steps; ${formatNumber(sum(columns[2]))} events, ${formatNumber(sum(columns[3]))} lost`;
}

function optionsFor(element: HTMLElement, onPoint: (index: number | null) => void): uPlot.Options {
  const colour = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--ink-3'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const bars = uPlot.paths.bars?.({ size: [0.7, 24] });
  return {
    width: element.clientWidth || 300,
    height: HEIGHT,
    padding: [10, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: { x: { time: true }, bytes: { range: fromZero }, events: { range: fromZero } },
    axes: [
      { ...axis, grid: { show: false }, size: 26 },
      { ...axis, scale: 'bytes', size: 62, values: (_, values) => values.map(formatBytes), splits: byteSplits },
      {
        ...axis,
        scale: 'events',
        side: 1,
        size: 46,
        grid: { show: false },
        values: (_, values) => values.map(formatShort),
      },
    ],
    series: [
      {},
      {
        scale: 'bytes',
        fill: colour('--bar'),
        stroke: colour('--bar'),
        width: 0,
        ...(bars === undefined ? {} : { paths: bars }),
        points: { show: false },
      },
      { scale: 'events', stroke: colour('--ink-2'), width: 1.25, points: { show: false } },
      {
        scale: 'events',
        fill: colour('--red'),
        stroke: colour('--red'),
        width: 0,
        ...(bars === undefined ? {} : { paths: bars }),
        points: { show: false },
      },
    ],
    hooks: { setCursor: [(self) => onPoint(self.cursor.idx ?? null)] },
  };
}

function fromZero(_: uPlot, _min: number, max: number): uPlot.Range.MinMax {
  return [0, max > 0 ? max * 1.12 : 1];
}

/** Three or four lines at round numbers of the binary unit. */
function byteSplits(_: uPlot, _axis: number, _min: number, max: number): number[] {
  const unit = 1024 ** Math.min(4, Math.max(0, Math.floor(Math.log(Math.max(1, max)) / Math.log(1024))));
  const rough = max / unit / 3;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-9)));
  const step = ([1, 2, 5, 10].find((n) => n * power >= rough) ?? 10) * power * unit;
  const splits: number[] = [];
  for (let at = 0; at <= max && splits.length < 8; at += step) splits.push(at);
  return splits;
}
