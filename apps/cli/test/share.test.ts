import assert from 'node:assert/strict';
import { test } from 'node:test';
import { share } from '../src/commands/share.ts';
import { runCommand } from './run.ts';

test('wrong use of share is told before anything is made', async () => {
  const cases: readonly (readonly [args: string[], error: RegExp])[] = [
    [[], /found "", expected init or check/],
    [['init', '--path', 'srv', '--user', 'bee'], /--path needs an absolute path/],
    [['init', '--path', '/srv/a b', '--user', 'bee'], /--path needs an absolute path without blanks/],
    [['init', '--path', '/srv/evidence'], /--user: found "", expected names/],
    [['init', '--path', '/srv/evidence', '--user', 'bee,root'], /--user: found "root", expected names/],
    [['init', '--path', '/srv/evidence', '--user', 'bee,../x'], /--user: found "\.\.\/x"/],
    [['check', '--share', '//server/share'], /check needs --share \/\/SERVER\/NAME and --credentials FILE/],
    [['check', '--share', 'server', '--credentials', '/c'], /check needs --share/],
    [['check', '--share', '//s/n', '--credentials', '/c', '--port', '0'], /--port needs a port/],
  ];
  for (const [args, error] of cases) {
    const run = await runCommand(share, args);
    assert.equal(run.code, 2, args.join(' '));
    assert.match(run.err, error);
  }
});
