/**
 * Damages captures and reads them: `npm run fuzz -- --minutes 60`, `--mutants 1000000`, `--seed N` to begin with that
 * one, `--capture NAME` for one capture only, `--size BYTES` of events per capture. A finding is repeated by
 * `npm run fuzz -- --seed N --mutants 1` (the capture follows from the seed). Ends with 1 when anything was found.
 */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    mutants: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    capture: { type: 'string' },
    size: { type: 'string', default: '4096' },
  },
});

const seed = Number(values.seed);
const began = Date.now();
console.log(`seed ${seed}`);
const { done, findings, mostBytes } = await fuzz({
  seed,
  mutants: Number(values.mutants ?? Number.MAX_SAFE_INTEGER),
  minutes: Number(values.minutes),
  capture: values.capture,
  size: Number(values.size),
  onFinding: (finding) => console.log(`seed ${finding.seed} ${finding.capture}: ${finding.text}`),
  onProgress: (count, bytes) => console.log(`${count} mutants, ${bytes >> 20} MiB`),
});
const seconds = (Date.now() - began) / 1000;
const rate = Math.round(done / seconds);
console.log(
  `${done} mutants in ${Math.round(seconds)} s (${rate} a second), at most ${mostBytes >> 20} MiB, ${findings.length} findings`,
);
process.exitCode = findings.length > 0 ? 1 : 0;
