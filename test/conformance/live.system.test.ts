/**
 * Debian's sysdig and we on recordings of our own sensor: the same session that an intruder would have, each compared field of
 * each line, with the known differences of the recorded captures. Prints a table; every other value must be equal.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { cannotRun, recordVictim, testDirectory } from '../../packages/sensor/test/victim.ts';
import { Comparer } from './compare.ts';
import { fieldNames, type JobName, jobs, jsonNames, recordsOf } from './expected.ts';
import { session } from './live-session.ts';

const SYSDIG = '/usr/bin/sysdig';
const FLOOR = 0.999;
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const missing = ['perl', 'curl', 'bash', 'ip', 'script', 'unshare', 'setpriv'].filter((program) => !has(program));
const skip =
  cannotRun() ||
  (existsSync(SYSDIG) ? false : `no ${SYSDIG}`) ||
  (missing.length > 0 ? `no ${missing.join(', no ')}` : false);

const plain = fieldNames.map((name) => `%${name}`).join('|');
const words: Readonly<Record<JobName, readonly string[]>> = {
  fields: ['-p', `*${plain}`],
  'fields-strict': ['-p', plain],
  default: [],
  json: ['-j', '-p', `*${jsonNames.map((name) => `%${name}`).join(' ')}`],
};

function sysdig(file: string, job: JobName): string {
  const options = {
    encoding: 'utf8',
    maxBuffer: 1 << 29,
    env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' },
  } as const;
  const { status, stdout, stderr } = spawnSync(SYSDIG, ['-r', file, ...words[job]], options);
  assert.equal(status, 0, stderr);
  return stdout;
}

test('read --enter says of our own recordings what Debian’s sysdig says', { skip }, async (t) => {
  const { file, counters } = await recordVictim(session);
  assert.equal(counters.lost, 0);
  assert.ok(counters.events > 10_000, `${counters.events} events`);
  const wrong: string[] = [];
  const low: string[] = [];
  for (const job of jobs) {
    const records = recordsOf(sysdig(file, job), job);
    const subject = {
      tool: 'sysdig-0.29.3',
      capture: path.basename(file),
      path: file,
      job,
      records,
      whole: true,
    } as const;
    const { scores, differences, known } = await new Comparer(subject).run();
    t.diagnostic(`${job}: ${records.length} lines`);
    for (const [field, { equal, known: explained, total }] of scores) {
      t.diagnostic(`  ${field.padEnd(20)} ${equal}/${total}${explained > 0 ? `, ${explained} known differences` : ''}`);
      if ((equal + explained) / total < FLOOR) low.push(`${job} ${field}: ${equal + explained} of ${total}`);
    }
    for (const [row, count] of known) t.diagnostic(`  ${count} ${row.name}: ${row.reason}`);
    wrong.push(...differences.map((d) => `${job} #${d.num} ${d.type} ${d.field}: ${d.ours} / ${d.theirs}`));
  }
  assert.deepEqual([...low, ...wrong.slice(0, 20)], [], `${wrong.length} values differ in ${testDirectory}`);
});
