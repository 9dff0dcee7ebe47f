import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { cannotRun, type RecordOptions, recordVictim, testDirectory } from '../../../packages/sensor/test/victim.ts';
import { files } from '../src/commands/files.ts';
import { runCommand } from './run.ts';

const skip = cannotRun();
const MIB = 2 ** 20;
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

interface Listed {
  readonly path: string;
  readonly former_paths: readonly string[];
  readonly removed: boolean;
  readonly size: number;
  readonly sha256: string;
  readonly complete: boolean;
  readonly missing: readonly string[];
  readonly file?: string;
}

/** How a file comes to be: what is run, with the server's address for what is fetched. */
const ways: readonly (readonly [
  name: string,
  size: number,
  command: (from: string, to: string) => string,
  needs?: string,
])[] = [
  ['cat of one byte', 1, (from, to) => `dd if=${from} | cat > ${to}`],
  ['cat', 70_000, (from, to) => `dd if=${from} bs=9000 | cat > ${to}`],
  ['cat of a page', 4096, (from, to) => `dd if=${from} | cat > ${to}`],
  ['dd in blocks of 4 KiB', 300_001, (from, to) => `dd if=${from} of=${to} bs=4096`],
  ['dd in blocks of 1 MiB', 3 * MIB + 7, (from, to) => `dd if=${from} of=${to} bs=1M`],
  ['dd in one block of 8 MiB', 8 * MIB, (from, to) => `dd if=${from} of=${to} bs=8M`],
  ['dd in tiny blocks', 9000, (from, to) => `dd if=${from} of=${to} bs=100`],
  ['python in one write', 8 * MIB, (from, to) => `python3 write.py ${from} ${to}`, 'python3'],
  ['python unbuffered', 65_537, (from, to) => `python3 write.py ${from} ${to} 0`, 'python3'],
  ['python back to front', 50_000, (from, to) => `python3 backwards.py ${from} ${to}`, 'python3'],
  ['tee', 200_000, (from, to) => `tee ${to} < ${from} > /dev/null`],
  ['base64 -d', 1_500_000, (from, to) => `base64 ${from} > ${to}.b64; base64 -d ${to}.b64 > ${to}`],
  ['wget', 2 * MIB + 1, (from, to) => `wget -q -O ${to} http://127.0.0.1:8000/${path.basename(from)}`, 'wget'],
  ['curl', 8 * MIB, (from, to) => `curl -s -o ${to} http://127.0.0.1:8000/${path.basename(from)}`, 'curl'],
  [
    'curl into a pipe',
    100_000,
    (from, to) => `curl -s http://127.0.0.1:8000/${path.basename(from)} | cat > ${to}`,
    'curl',
  ],
  ['in the shell, appended', 30, (from, to) => `head -c 10 ${from} > ${to}; tail -c +11 ${from} >> ${to}`],
  [
    'by many processes of one descriptor',
    12_288,
    (from, to) => `(for i in 0 1 2; do dd if=${from} bs=4096 skip=$i count=1; done) > ${to}`,
  ],
  ['gzip and back', 400_000, (from, to) => `gzip -c ${from} > ${to}.gz; gzip -dc ${to}.gz | cat > ${to}`],
  [
    'tar',
    600_000,
    (from, to) => `tar -cf ${to}.tar -C ${path.dirname(from)} ${path.basename(from)}; tar -xOf ${to}.tar | cat > ${to}`,
  ],
  ['under another name first', 123_456, (from, to) => `dd if=${from} of=${to}.tmp bs=64k; mv ${to}.tmp ${to}`],
  [
    'uudecoded by perl',
    20_000,
    (from, to) => `perl -e 'open F, "<", $ARGV[0]; open T, ">", $ARGV[1]; print T <F>' ${from} ${to}`,
    'perl',
  ],
  ['split and joined', 3 * MIB, (from, to) => `split -b 700k ${from} ${to}.; cat ${to}.?? > ${to}`],
];

const PYTHON = {
  'write.py': `
import sys
d = open(sys.argv[1], 'rb').read()
f = open(sys.argv[2], 'wb', buffering=0) if len(sys.argv) > 3 else open(sys.argv[2], 'wb')
f.write(d)
`,
  'backwards.py': `
import os, sys
d = open(sys.argv[1], 'rb').read()
f = os.open(sys.argv[2], os.O_CREAT | os.O_RDWR | os.O_TRUNC)
for at in range(len(d) - len(d) % 1000, -1, -1000):
    if at % 2000: os.pwrite(f, d[at:at + 1000], at)
    else: os.lseek(f, at, 0); os.write(f, d[at:at + 1000])
`,
  'mapped.py': `
import mmap, os, sys
d = open(sys.argv[1], 'rb').read()
f = os.open(sys.argv[2], os.O_CREAT | os.O_RDWR | os.O_TRUNC)
os.write(f, bytes(len(d)))
m = mmap.mmap(f, len(d)); m[:] = d; m.close()
`,
  'memory.py': `
import os, sys
d = open(sys.argv[1], 'rb').read()
f = os.memfd_create('payload')
os.write(f, d)
`,
};

/** Records the script and gives what `waspglass files` says of it, by the last part of the path. */
async function listed(script: string, options: RecordOptions = { fullData: 'all' }): Promise<Map<string, Listed>> {
  const { file, counters } = await recordVictim(script, options);
  assert.equal(counters.lost, 0);
  const directory = path.join(testDirectory, `x${++runs}`);
  const { code, out, err } = await runCommand(files, ['--json', '-x', directory, file]);
  assert.equal(code, 0, err);
  const rows = out
    .trim()
    .split('\n')
    .filter((line) => line !== '');
  return new Map(rows.map((line) => JSON.parse(line) as Listed).map((row) => [path.basename(row.path), row]));
}
let runs = 0;

function source(name: string, size: number): string {
  const file = path.join(testDirectory, name);
  writeFileSync(file, randomBytes(size));
  return file;
}

const target = (name: string) => path.join(testDirectory, 'made', name);

describe('files that were written are put together from the capture', { skip }, () => {
  mkdirSync(path.join(testDirectory, 'made'), { recursive: true });
  for (const [name, text] of Object.entries(PYTHON)) writeFileSync(path.join(testDirectory, name), text);
  const possible = ways.filter(([, , , needs]) => needs === undefined || has(needs));

  it(`${possible.length} ways, 1 byte to 8 MiB, equal byte for byte`, async () => {
    const rows = possible.map(([name, size, command], i) => ({
      name,
      size,
      from: source(`from${i}`, size),
      to: `to${i}`,
      command,
    }));
    const server = `cd ${testDirectory}; ip link set lo up; python3 -m http.server -b 127.0.0.1 8000 & until curl -s -o /dev/null http://127.0.0.1:8000/; do :; done`;
    const script = [server, ...rows.map(({ from, to, command }) => `(${command(from, target(to))})`), 'kill $!'].join(
      '\n',
    );
    const found = await listed(script);
    for (const { name, size, from, to } of rows) {
      const row = found.get(to);
      assert.ok(row, name);
      assert.deepEqual(row.missing, [], name);
      assert.equal(row.size, size, name);
      assert.equal(row.sha256, hash(readFileSync(from)), name);
      assert.equal(hash(readFileSync(target(to))), row.sha256, `${name}: what the victim has`);
      assert.equal(hash(readFileSync(row.file ?? '')), row.sha256, `${name}: what was put together`);
    }
    assert.ok(rows.length >= 20, `only ${rows.length} ways here`);
  });

  it('says why others are not whole', async () => {
    const from = source('from', 200_000);
    const script = [
      `cd ${testDirectory}; printf before > ${target('grown')}.0`,
      `cp ${from} ${target('copied')}`,
      `python3 mapped.py ${from} ${target('mapped')}`,
      `cp ${target('grown')}.0 ${target('grown')}; echo after >> ${target('grown')}`,
      `dd if=${from} of=${target('gone')} bs=64k; rm ${target('gone')}`,
      `python3 memory.py ${from}`,
      `dd if=${from} of=${target('once')} bs=64k; cp ${target('once')} ${target('again')}`,
    ].join('\n');
    writeFileSync(target('old'), 'was there before');
    const found = await listed(`${script}\necho more >> ${target('old')}`);
    const of = (name: string) => found.get(name) ?? assert.fail(`${name} is not listed`);
    for (const [name, why] of [
      ['copied', /copied by the kernel/],
      ['mapped', /mapping/],
      ['old', /before/],
    ] as const) {
      assert.match(of(name).missing.join(), why, name);
    }
    assert.deepEqual([of('again').missing, of('again').sha256], [[], hash(readFileSync(from))]);
    assert.equal(of('gone').removed, true);
    assert.equal(of('gone').sha256, hash(readFileSync(from)));
    assert.equal(of('memfd:payload').sha256, hash(readFileSync(from)));
    assert.equal(of('memfd:payload').complete, true);
  });

  it('cut data is counted; a program on a terminal is a session of which nothing is cut', async () => {
    const from = source('from', 150_000);
    const dd = `dd if=${from} of=${target('dd')} bs=150000`;
    const cut = (await listed(dd, { fullData: 'none' })).get('dd');
    assert.match(cut?.missing.join() ?? '', /^1479\d\d of its bytes were cut off/);
    assert.match(cut?.file ?? '', /\.part$/);
    const background = (await listed(dd, {})).get('dd');
    assert.equal(background?.complete, false);
    const terminal = (await listed(`script -qc "${dd}" /dev/null`, {})).get('dd');
    assert.deepEqual([terminal?.complete, terminal?.sha256], [true, hash(readFileSync(from))]);
  });

  it('in the current dialect too', async () => {
    const from = source('from', 90_000);
    const row = (
      await listed(`dd if=${from} bs=7000 | cat > ${target('cat')}`, { fullData: 'all', dialect: 'current' })
    ).get('cat');
    assert.deepEqual([row?.missing, row?.sha256], [[], hash(readFileSync(from))]);
  });
});
