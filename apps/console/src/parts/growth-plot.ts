/** How the growth chart is drawn: columns from the answer, axes and colours for uPlot. */
import type { GrowthResponse } from '@waspglass/api';
import uPlot from 'uplot';
import { formatBytes, formatDay, formatMinute, formatShort } from '../data/format.ts';

export const PLOT_HEIGHT = 168;
const DAY_SECONDS = 86_400;

/** Time in seconds, bytes, events, lost events, and 1 where events were lost. */
export interface Columns {
  readonly time: number[];
  readonly bytes: number[];
  readonly events: number[];
  readonly lost: number[];
  readonly marks: (number | null)[];
}

/** Every step of the span, those without a row as zero; the one that has just begun only when it has something. */
export function columnsOf({ from, to, step, steps }: GrowthResponse): Columns {
  const width = step * 60_000;
  const byTime = new Map(steps.map((row) => [row.time, row]));
  const columns: Columns = { time: [], bytes: [], events: [], lost: [], marks: [] };
  for (let time = Math.ceil(from / width) * width; time <= to; time += width) {
    const row = byTime.get(time);
    if (row === undefined && time + width > to) break;
    columns.time.push(time / 1000);
    columns.bytes.push(row?.bytes ?? 0);
    columns.events.push(row?.events ?? 0);
    columns.lost.push(row?.lost ?? 0);
    columns.marks.push((row?.lost ?? 0) > 0 ? 1 : null);
  }
  return columns;
}

export function plotData({ time, marks, bytes, events }: Columns): uPlot.AlignedData {
  return [time, marks, bytes, events];
}

/** Colours come from the page's style, so this is called anew for another scheme. */
export function plotOptions(element: HTMLElement, onPoint: (index: number | null) => void): uPlot.Options {
  const colour = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
  const paths = uPlot.paths.bars?.({ size: [0.7, 24] });
  const bars = { width: 0, points: { show: false }, ...(paths === undefined ? {} : { paths }) };
  const axis = {
    stroke: colour('--ink-3'),
    font: '11px system-ui, sans-serif',
    grid: { show: false },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth || 300,
    height: PLOT_HEIGHT,
    padding: [10, 0, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: true },
      bytes: { range: fromZero },
      events: { range: fromZero },
      marks: { range: [0, 1] },
    },
    axes: [
      { ...axis, size: 24, space: 64, values: timeLabels },
      {
        ...axis,
        scale: 'bytes',
        size: 60,
        grid: { stroke: colour('--line'), width: 1 },
        values: (_, values) => values.map(formatBytes),
        splits: byteSplits,
      },
      { ...axis, scale: 'events', side: 1, size: 44, space: 44, values: (_, values) => values.map(formatShort) },
    ],
    series: [
      {},
      { ...bars, scale: 'marks', fill: colour('--lost-mark') },
      { ...bars, scale: 'bytes', fill: colour('--bar') },
      { scale: 'events', stroke: colour('--ink-3'), width: 1.25, points: { show: false } },
    ],
    hooks: { setCursor: [(self) => onPoint(self.cursor.idx ?? null)] },
  };
}

function timeLabels(self: uPlot, splits: number[]): string[] {
  const span = (self.scales.x?.max ?? 0) - (self.scales.x?.min ?? 0);
  return splits.map((seconds) => (span > 2 * DAY_SECONDS ? formatDay : formatMinute)(seconds * 1000));
}

function fromZero(_: uPlot, _min: number, max: number): uPlot.Range.MinMax {
  return [0, max > 0 ? max * 1.12 : 1];
}

/** Three or four lines at round numbers of the binary unit. */
function byteSplits(_: uPlot, _axis: number, _min: number, max: number): number[] {
  const unit = 1024 ** Math.min(4, Math.max(0, Math.floor(Math.log(Math.max(1, max)) / Math.log(1024))));
  const rough = Math.max(max / unit / 3.5, unit === 1 ? 1 : 1e-9);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((n) => n * power >= rough) ?? 10) * power * unit;
  const splits: number[] = [];
  for (let at = 0; at <= max && splits.length < 8; at += step) splits.push(at);
  return splits;
}
