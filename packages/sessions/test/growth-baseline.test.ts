import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GrowthBaseline, SPAN_MS } from '../src/growth-baseline.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5, 0, 0);

/** Spans of an idle honeypot: a few events per second, the hourly and the daily cron. */
function idle(time: number): { events: number; bytes: number } {
  const ofDay = time % DAY;
  const daily = ofDay >= 6.5 * 3_600_000 && ofDay < 6.5 * 3_600_000 + 60_000 ? 30_000 : 0;
  const hourly = ofDay % 3_600_000 >= 17 * 60_000 && ofDay % 3_600_000 < 17 * 60_000 + SPAN_MS ? 1500 : 0;
  const events = 40 + ((time / SPAN_MS) % 7) * 5 + daily + hourly;
  return { events, bytes: events * 60 };
}

function live(baseline: GrowthBaseline, from: number, to: number, spans = idle) {
  const ratios: { time: number; ratio: number }[] = [];
  for (let time = from; time < to; time += SPAN_MS)
    ratios.push({ time, ratio: baseline.add(time, spans(time)).eventsRatio });
  return ratios;
}

test('an idle honeypot stays near what is usual; the daily cron surprises once', () => {
  const baseline = new GrowthBaseline();
  const first = live(baseline, START, START + DAY).filter(({ ratio }) => ratio > 10);
  assert.deepEqual([...new Set(first.map(({ time }) => Math.floor((time % DAY) / 60_000)))], [390]);
  const second = live(baseline, START + DAY, START + 2 * DAY);
  assert.deepEqual(
    second.filter(({ ratio }) => ratio > 10),
    [],
  );
});

test('an attack stands out from its first span and does not become the measure', () => {
  const baseline = new GrowthBaseline();
  live(baseline, START, START + 2 * DAY);
  const noon = START + 2 * DAY + DAY / 2;
  const attack = live(baseline, noon, noon + 600_000, () => ({ events: 50_000, bytes: 5_000_000 }));
  assert.ok(
    attack.every(({ ratio }) => ratio > 50),
    JSON.stringify(attack.map((a) => a.ratio)),
  );
});

test('what was learned outlives a restart; damage to it means learning anew', () => {
  const baseline = new GrowthBaseline();
  live(baseline, START, START + 3_600_000);
  const again = new GrowthBaseline(JSON.parse(JSON.stringify(baseline.saved)));
  assert.equal(again.add(START + 3_600_000, idle(START)).learned, 3600);
  for (const damaged of [null, 'x', { version: 2 }, { ...baseline.saved, events: { recent: [-1], slots: [] } }]) {
    assert.equal(new GrowthBaseline(damaged).add(START, idle(START)).learned, 0);
  }
});
