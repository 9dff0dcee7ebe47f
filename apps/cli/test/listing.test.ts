import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chisels } from '../src/commands/chisels.ts';
import { events } from '../src/commands/events.ts';
import { fields } from '../src/commands/fields.ts';
import { runCommand } from './run.ts';

test('chisels: by category, with arguments; JSON; words', async () => {
  const { out, code } = await runCommand(chisels, []);
  assert.equal(code, 0);
  assert.match(out, /^Security:\n {2}list_login_shells {2,}login shells, each once/m);
  assert.match(out, /\[max_depth\]: /);
  const json = JSON.parse((await runCommand(chisels, ['--json', 'shells'])).out);
  assert.deepEqual(
    json.map((row: { name: string }) => row.name),
    ['list_login_shells', 'shellshock_detect', 'spy_users'],
  );
});

test('events: current versions, or all', async () => {
  const { out } = await runCommand(events, ['openat']);
  assert.match(out, /^<\s+openat\s+\(FD fd, FD dirfd, FSRELPATH name, FLAGS32 flags, /m);
  assert.doesNotMatch(out, /\(\)\n.*NA\b/);
  const all = (await runCommand(events, ['--all'])).out.split('\n').length;
  assert.ok(all > (await runCommand(events, [])).out.split('\n').length);
});

test('fields: by source, with arguments and descriptions', async () => {
  const { out } = await runCommand(fields, ['proc.aname']);
  assert.match(out, /^Source syscall:\n {2}proc\.aname\[/m);
  const rows = JSON.parse((await runCommand(fields, ['--json'])).out) as { name: string; doc: string }[];
  assert.ok(rows.length > 80);
  assert.ok(rows.every((row) => row.doc !== ''));
});

test('an unknown option is wrong use', async () => {
  assert.equal((await runCommand(events, ['--al'])).code, 2);
});
