/** `read` as a user meets it: every capture works or gives one clear error, chisels, options, wrong use. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { concat, EventEncoder, encodeSection } from '@waspglass/scap';
import { eventTypes } from '@waspglass/schema';
import { read } from '../src/commands/read.ts';
import { runCommand } from './run.ts';
import { capturePath, sharedFolder, sharedMissing } from './shared.ts';

const skip = sharedMissing;
const attack = capturePath('honeypot-small.scap.gz');
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not occur
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

/** Read by the conformance test. */
const LONG = /^honeypot-|^sf-httpd-.*-full|^inspect-/;

/** Damaged or no captures: what the one line of the error says. */
const errors: Readonly<Record<string, RegExp>> = {
  'bigendian_magic.scap': /WG_SCAP_BYTE_ORDER/,
  'empty_file.scap': /WG_SCAP_EMPTY/,
  'text_file.scap': /WG_SCAP_NOT_A_CAPTURE/,
  'major_2.scap': /WG_SCAP_VERSION/,
  'trunc_in_event.scap': /WG_SCAP_TRUNCATED/,
};

test('every capture is read, or gives one line that names file and place', { skip }, async () => {
  for (const name of readdirSync(`${sharedFolder}/captures`)) {
    if (!/\.(scap|gz|pcapng)$/.test(name) || LONG.test(name)) continue;
    const { code, out, err } = await runCommand(read, [capturePath(name)]);
    assert.doesNotMatch(out, STEERING, name);
    const eventless = name === 'trunc_header_only.scap';
    if (code === 0) assert.match(err, eventless ? /^waspglass: no event in [^\n]+\n$/ : /^$/, name);
    else assert.match(err, /^waspglass: WG_\w+: [^\n]*\/captures\/[^\n]+\n$/, name);
    const expected = errors[name];
    if (expected !== undefined) assert.match(err, expected, name);
  }
});

test('events newer than the table are shown by their numbers', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waspglass-newer-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const encoder = new EventEncoder();
  const first = eventTypes.length;
  for (const type of [first, first + 1, 5001]) {
    encoder.begin(type, 1, 0, 7, 0, 1);
    encoder.str('something');
    encoder.end();
  }
  const file = join(folder, 'newer.scap');
  writeFileSync(file, concat([encodeSection(), encoder.take()]));
  const shown = async (...args: string[]) =>
    (await runCommand(read, [file, '-p', '%evt.type %evt.dir', ...args])).out.trimEnd().split('\n');
  assert.deepEqual(await shown(), [`event-${first + 1} <`, 'event-5001 <']);
  assert.deepEqual(await shown('--enter'), [`event-${first} >`, `event-${first + 1} <`, 'event-5001 <']);
  assert.deepEqual(await shown('evt.type=event-5001'), ['event-5001 <']);
});

test('what came before the damage is printed', { skip }, async () => {
  const { code, out } = await runCommand(read, [capturePath('trunc_in_event.scap')]);
  assert.equal(code, 1);
  assert.equal(out.split('\n').length - 1, 21);
});

test('list_login_shells lists each login shell once with its command', { skip }, async () => {
  const { code, out } = await runCommand(read, [attack, '-c', 'list_login_shells']);
  assert.equal(code, 0);
  const [head, ...rows] = out.trimEnd().split('\n');
  assert.equal(head, 'All shells:');
  const ids = rows.map((row) => row.split(' ')[0]);
  assert.equal(new Set(ids).size, ids.length);
  assert.match(out, /^18934 root host bash -c uname -a; id; /m);
});

test('spy_users shows commands indented below the one that started them, and cd', { skip }, async () => {
  const { out } = await runCommand(read, [attack, '-c', 'spy_users', 'proc.loginshellid=18929']);
  assert.deepEqual(out.trimEnd().split('\n').slice(1), [
    '18929 10:28:28 root) run-parts --lsbsysinit /etc/update-motd.d',
    '   18929 10:28:28 root) /bin/sh /etc/update-motd.d/10-uname',
    '      18929 10:28:28 root) uname -snrvm',
  ]);
  const bot = await runCommand(read, [attack, '-c', 'spy_users', 'proc.loginshellid=18934']);
  assert.match(bot.out, /^18934 10:28:28 root\) uname -a$/m);
  assert.match(bot.out, /^18934 10:28:28 root\) cd \/tmp$/m);
});

test('echo_fds shows a dropped script as in the article, coloured on a terminal', { skip }, async () => {
  const args = [attack, '-A', '-c', 'echo_fds', 'fd.filename=gcc.sh and evt.is_io_write=true'];
  const plain = await runCommand(read, args);
  assert.equal(
    plain.out,
    '------ Write 10B to  /etc/cron.hourly/gcc.sh (bash)\n\n#!/bin/sh\n\n' +
      '------ Write 23B to  /etc/cron.hourly/gcc.sh (bash)\n\n/tmp/bot.sh >/dev/null\n\n',
  );
  const coloured = await runCommand(read, args, { terminal: true });
  assert.ok(coloured.out.startsWith('\u001b[34m------ Write 10B to  \u001b[34m /etc/cron.hourly/gcc.sh (bash)\n'));
  assert.ok(coloured.out.endsWith('\u001b[0m\n'));
});

test('formats, JSON, limits, dumps and enter events', { skip }, async () => {
  const cat = capturePath('cat_write.scap');
  const lines = async (...args: string[]) => (await runCommand(read, [cat, ...args])).out.trimEnd().split('\n');
  assert.deepEqual(await lines('-p', '%evt.type %fd.name', 'evt.type=open', 'and', 'fd.name', 'startswith', '/etc'), [
    'open /etc/ld.so.cache',
  ]);
  const [json] = await lines('-j', '-p', '*%evt.num %evt.rawtime %proc.name %fd.num', 'evt.type=execve');
  assert.equal(json, '{"evt.num":131,"evt.rawtime":1470327477881730713,"fd.num":null,"proc.name":"cat"}');
  assert.equal((await lines('-n', '133')).length, 3);
  assert.deepEqual(await lines('-q'), ['']);
  const [first, hex] = await lines('-X', 'evt.type=read');
  assert.match(first ?? '', /data=$/);
  assert.equal(hex, '\t0x0000: 7f45 4c46 0201 0103 0000 0000 0000 0000  .ELF............');
  assert.ok((await lines('--enter')).length > (await lines()).length);
});

test('-w writes a capture that stands alone, plain or compressed', { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waspglass-read-'));
  const args = ['-p', '*%evt.rawtime %evt.type %proc.name %proc.cmdline %proc.pname %user.name %fd.name %evt.args'];
  try {
    for (const [input, name, filter] of [
      [attack, 'small.scap.gz', 'proc.name=bash and evt.type in (execve, openat, write, read)'],
      [capturePath('cat_write.scap'), 'cat.scap', 'proc.name=cat and evt.type in (open, read, close)'],
    ] as const) {
      const output = join(folder, name);
      assert.deepEqual(await runCommand(read, [input, '-w', output, filter]), { code: 0, out: '', err: '' });
      const [before, after] = [
        (await runCommand(read, [input, ...args, filter])).out.split('\n'),
        (await runCommand(read, [output, ...args])).out.split('\n'),
      ];
      assert.ok(before.length > 10);
      assert.deepEqual(after, before);
    }
    const onto = await runCommand(read, [join(folder, 'cat.scap'), '-w', join(folder, 'cat.scap')]);
    assert.match(onto.err, /is one of the files to read/);
    const nowhere = await runCommand(read, [attack, '-w', join(folder, 'no', 'x.scap'), 'evt.type=execve']);
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.err, /WG_READ_OUTPUT: .*no\/x\.scap: cannot write: ENOENT/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a receiver that fails ends the reading', { skip }, async () => {
  const gone = new Error('gone');
  let chunks = 0;
  const out = async () => {
    chunks++;
    throw gone;
  };
  await assert.rejects(runCommand(read, [attack], { out }), gone);
  assert.equal(chunks, 1);
});

test('wrong use exits with 2 and says what was expected', { skip }, async () => {
  const bad = async (args: string[], message: RegExp) => {
    const { code, err } = await runCommand(read, args);
    assert.equal(code, 2, err);
    assert.match(err, message);
  };
  await bad([], /expected the name of a capture file/);
  await bad([attack, '--nope'], /no option "--nope"/);
  await bad([attack, 'proc.nmae=x'], /did you mean "proc.name"/);
  await bad([attack, '-p', '%proc.nmae'], /did you mean "proc.name"/);
  await bad([attack, '-c', 'spy_user'], /did you mean "spy_users"/);
  await bad([attack, '-n', 'x'], /-n needs a number/);
  const missing = await runCommand(read, ['/nonexistent.scap']);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /WG_SCAP_READ: \/nonexistent\.scap: /);
});
