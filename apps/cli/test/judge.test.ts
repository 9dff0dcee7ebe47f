import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Inspector } from '@waspglass/inspect';
import { silentLogger } from '@waspglass/kit';
import { EventEncoder } from '@waspglass/scap';
import { eventId } from '@waspglass/schema';
import { withDefaults } from '../src/config/read.ts';
import { ruleChoiceOf } from '../src/config/rule-options.ts';
import { Judge } from '../src/sensor-process/judge.ts';
import { rulesOf } from '../src/up/paths.ts';

const rule = (name: string, condition: string, source = 'syscall') =>
  `- rule: ${name}\n  desc: x\n  condition: ${condition}\n  output: o\n  priority: WARNING\n  source: ${source}\n`;

function chdir(inspector: Inspector, to: string): void {
  const encoder = new EventEncoder();
  encoder.begin(eventId.SYSCALL_CHDIR_X, 1, 0, 7, 0, 2);
  encoder.i64(0);
  encoder.cstr(Buffer.from(to), 0, to.length);
  encoder.end();
  inspector.feed(encoder.take());
}

test('changed rules are taken up between events; broken ones keep the old', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'wg-judge-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'rules.yaml');
  const errors: string[] = [];
  const heard: string[] = [];
  const logger = { ...silentLogger, error: (text: string) => errors.push(text) };
  const inspector = new Inspector();
  writeFileSync(file, rule('first', 'evt.type = chdir'));
  const judge = new Judge({
    inspector,
    files: [file],
    hostname: 'bee',
    logger,
    onEventAlert: (alert) => heard.push(alert.rule.name),
    onAuthAlert: (alert) => heard.push(alert.rule.name),
    onGrowthAlert: (alert) => heard.push(alert.rule.name),
  });
  chdir(inspector, '/tmp');
  writeFileSync(file, rule('second', 'evt.type = chdir') + rule('login', 'auth.failures >= 3', 'auth'));
  judge.look();
  chdir(inspector, '/tmp');
  writeFileSync(file, rule('third', 'evt.tpye = chdir'));
  judge.look();
  chdir(inspector, '/tmp');
  judge.judgeLogin({
    user: 'root',
    address: '192.0.2.1',
    port: 1,
    method: 'password',
    outcome: 'failure',
    failures: 3,
    users: 1,
    seconds: 4,
  });
  assert.deepEqual(heard, ['first', 'second', 'second', 'login']);
  assert.deepEqual(judge.stats, { reloads: 1, refused: 1 });
  assert.match(errors[0] ?? '', /old ones stay: WG_FILTER_UNKNOWN_FIELD: .*no field "evt\.tpye"/);
});

test('the configuration chooses among the rules, and words that no rule has are told', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'wg-judge-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'rules.yaml');
  const tagged = (name: string, tag: string, more = '') => `${rule(name, 'evt.type = chdir')}  tags: [${tag}]\n${more}`;
  writeFileSync(file, tagged('first', 'a') + tagged('second', 'b') + tagged('third', 'b', '  enabled: false\n'));
  const heardWith = (values: Readonly<Record<string, unknown>>) => {
    const heard: string[] = [];
    const warnings: string[] = [];
    const inspector = new Inspector();
    const ignore = () => undefined;
    const judge = new Judge({
      inspector,
      files: [file],
      ...ruleChoiceOf(withDefaults(values)),
      hostname: 'bee',
      logger: { ...silentLogger, warn: (text: string) => warnings.push(text) },
      onEventAlert: (alert) => heard.push(alert.rule.name),
      onAuthAlert: ignore,
      onGrowthAlert: ignore,
    });
    chdir(inspector, '/tmp');
    assert.ok(judge);
    return [heard.join(), warnings.join()];
  };
  assert.deepEqual(heardWith({}), ['first,second', '']);
  assert.deepEqual(heardWith({ 'rules.matching': 'first' }), ['first', '']);
  assert.deepEqual(heardWith({ 'rules.disable_names': ['irs', 'none'] }), ['second', 'no rule is called "none"']);
  assert.deepEqual(heardWith({ 'rules.disable_tags': ['b', 'c'] }), ['first', 'no rule has the tag "c"']);
  assert.deepEqual(heardWith({ 'rules.only_tags': ['b'] }), ['second,third', '']);
  assert.deepEqual(heardWith({ 'rules.priority': 'Error' }), ['', '']);
});

test('our rules tell a sudden growth once it is known what is usual', () => {
  const heard: string[] = [];
  const ignore = () => undefined;
  const judge = new Judge({
    inspector: new Inspector(),
    files: rulesOf(withDefaults({})),
    hostname: 'bee',
    logger: silentLogger,
    onEventAlert: ignore,
    onAuthAlert: ignore,
    onGrowthAlert: (alert) => heard.push(alert.message),
  });
  const usual = {
    time: 0,
    learned: 7200,
    eventsPerSecond: 40,
    bytesPerSecond: 4000,
    eventsExpected: 30,
    bytesExpected: 9000,
  };
  judge.judgeGrowth({ ...usual, eventsRatio: 1.3, bytesRatio: 0.4 });
  judge.judgeGrowth({ ...usual, learned: 60, eventsPerSecond: 9000, eventsRatio: 300, bytesRatio: 1 });
  assert.deepEqual(heard, []);
  judge.judgeGrowth({ ...usual, eventsPerSecond: 9000, eventsRatio: 300, bytesRatio: 1 });
  assert.deepEqual(heard, ['Capture grows suddenly | events=9000/s usual=30/s bytes=4000/s usual=9000/s']);
});
