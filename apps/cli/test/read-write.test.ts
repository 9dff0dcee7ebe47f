/** `read -w`: what is written can be read again and still knows who did what. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { read } from '../src/commands/read.ts';
import { runCommand } from './run.ts';
import { capturePath, sharedMissing } from './shared.ts';

const skip = sharedMissing;
const nginx = capturePath('sf-nginx.scap');
let folder = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'waspglass-write-'));
});
after(() => rmSync(folder, { recursive: true }));

async function lines(...args: string[]): Promise<string[]> {
  const { out, err, code } = await runCommand(read, args);
  assert.deepEqual([err, code], ['', 0]);
  return out
    .trimEnd()
    .split('\n')
    .slice(args.includes('ps') ? 1 : 0);
}

const WHO = ['-p', '*%evt.rawtime %evt.type %proc.name %proc.pname %proc.cmdline %fd.name %user.name %evt.args'];
const FILTER = ['proc.name=nginx', 'and', 'evt.type', 'in', '(write,', 'writev,', 'open)'];

test('--only-related drops the processes that have nothing to do with the events', { skip }, async () => {
  const [all, related] = [join(folder, 'all.scap'), join(folder, 'related.scap')];
  await lines(nginx, '-w', all, ...FILTER);
  await lines(nginx, '--only-related', '-w', related, ...FILTER);
  const expected = await lines(nginx, ...WHO, ...FILTER);
  assert.ok(expected.length > 20);
  assert.deepEqual(await lines(all, ...WHO), expected);
  assert.deepEqual(await lines(related, ...WHO), expected);
  const [some, every] = [await lines(related, '-c', 'ps'), await lines(all, '-c', 'ps')];
  assert.ok(some.length < every.length / 4, `${some.length} of ${every.length} processes`);
  assert.ok(some.some((line) => line.endsWith(' nginx')));
  assert.ok(statSync(related).size < statSync(all).size / 4);
  const twice = await runCommand(read, ['-', '--only-related', '-w', related]);
  assert.match(twice.err, /reads its input twice/);
  assert.equal(twice.code, 2);
});

test('-z compresses whatever the name; -E leaves users out', { skip }, async () => {
  const [zipped, without] = [join(folder, 'zipped'), join(folder, 'without.scap')];
  await lines(nginx, '-w', zipped, '-z', ...FILTER);
  await lines(nginx, '-w', without, '-E', ...FILTER);
  assert.deepEqual([...readFileSync(zipped).subarray(0, 2)], [0x1f, 0x8b]);
  assert.deepEqual(await lines(zipped, ...WHO), await lines(nginx, ...WHO, ...FILTER));
  assert.deepEqual([...new Set(await lines(without, '-p', '*%user.name'))], ['<NA>']);
});

test('with --enter events are written as they were recorded', { skip }, async () => {
  const output = join(folder, 'recorded.scap');
  await lines(nginx, '--enter', '-w', output, 'proc.name=nginx');
  for (const mode of [[], ['--enter']]) {
    const told = ['-p', '%evt.rawtime %evt.dir %evt.type %proc.name %fd.name %evt.args'];
    assert.deepEqual(await lines(output, ...mode, ...told), await lines(nginx, ...mode, ...told, 'proc.name=nginx'));
  }
});

test('around saves what the same thread did before and after', { skip }, async () => {
  const [output, cat] = [join(folder, 'around.scap'), capturePath('cat_write.scap')];
  const filter = ['evt.type=open', 'and', 'fd.name=/etc/ld.so.cache'];
  const said = await lines(cat, '-c', 'around', output, '0.02', ...filter);
  assert.deepEqual(said, [`1 events passed the filter; saved around them: ${output}`]);
  const [time] = await lines(cat, '-p', '%evt.rawtime', ...filter);
  const times = (await lines(output, '-p', '%evt.rawtime')).map((text) => Number(BigInt(text) - BigInt(time ?? '')));
  assert.ok(times.length > 3 && times.every((ns) => Math.abs(ns) < 21_000), times.join(' '));
});
