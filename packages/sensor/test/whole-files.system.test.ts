import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { rebuild } from './rebuild.ts';
import { cannotRun, recordVictim, testDirectory } from './victim.ts';

const skip = cannotRun();
const MIB = 2 ** 20;
const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const python = 'import sys; d = open(sys.argv[1], "rb").read(); f = open(sys.argv[2], "wb"';

/** How a file comes to be: a program opens it, or the shell does in the process that becomes the program. */
const writers: readonly (readonly [name: string, size: number, command: (from: string, to: string) => string])[] = [
  ['cat of one byte', 1, (from, to) => `dd if=${from} | cat > ${to}`],
  ['cat', 70_000, (from, to) => `dd if=${from} bs=9000 | cat > ${to}`],
  ['dd in blocks of 4 KiB', 300_001, (from, to) => `dd if=${from} of=${to} bs=4096`],
  ['dd in blocks of 1 MiB', 3 * MIB + 7, (from, to) => `dd if=${from} of=${to} bs=1M`],
  ['dd in one block of 8 MiB', 8 * MIB, (from, to) => `dd if=${from} of=${to} bs=8M`],
  ['dd with a gap', 9000, (from, to) => `dd if=${from} of=${to} bs=100`],
  ['python in one write', 8 * MIB, (from, to) => `python3 -c '${python}); f.write(d)' ${from} ${to}`],
  ['python unbuffered', 65_537, (from, to) => `python3 -c '${python}, buffering=0); f.write(d)' ${from} ${to}`],
  ['tee', 200_000, (from, to) => `tee ${to} < ${from} > /dev/null`],
];

describe('files that are written below a session are in the capture as a whole', { skip }, () => {
  for (const [name, size, command] of writers) {
    it(`${name}, ${size} bytes`, {
      skip: /python/.test(name) && spawnSync('python3', ['-V']).status !== 0,
    }, async () => {
      const from = path.join(testDirectory, 'from');
      const to = path.join(testDirectory, 'to');
      writeFileSync(from, randomBytes(size));
      const { events, counters } = await recordVictim(command(from, to), { fullData: 'all' });
      assert.equal(counters.lost, 0);
      const { content, missing } = rebuild(events, to);
      assert.deepEqual(missing, []);
      assert.equal(hash(content), hash(readFileSync(to)));
      assert.equal(content.length, size);
    });
  }

  it('base64 -d', async () => {
    const from = path.join(testDirectory, 'from');
    const to = path.join(testDirectory, 'to');
    writeFileSync(from, randomBytes(1_500_000).toString('base64'));
    const { events } = await recordVictim(`base64 -d ${from} > ${to}; true`, { fullData: 'all' });
    const { content, missing } = rebuild(events, to);
    assert.deepEqual(missing, []);
    assert.equal(hash(content), hash(readFileSync(to)));
  });

  it('says what it does not have: data cut off, bytes that were copied in the kernel', async () => {
    const from = path.join(testDirectory, 'from');
    const to = path.join(testDirectory, 'to');
    writeFileSync(from, randomBytes(200_000));
    const cut = await recordVictim(`dd if=${from} of=${to} bs=100000`, { fullData: 'none' });
    assert.match(rebuild(cut.events, to).missing.join(), /bytes cut off/);
    const copied = await recordVictim(`cp ${from} ${to}`, { fullData: 'all' });
    const result = rebuild(copied.events, to);
    if (hash(result.content) !== hash(readFileSync(to))) assert.match(result.missing.join(), /written by/);
  });

  it('a program on a terminal is a session, one in the background is not', async () => {
    const from = path.join(testDirectory, 'from');
    const to = path.join(testDirectory, 'to');
    writeFileSync(from, randomBytes(150_000));
    const dd = `dd if=${from} of=${to} bs=150000`;
    const background = await recordVictim(dd);
    assert.notDeepEqual(rebuild(background.events, to).missing, []);
    const terminal = await recordVictim(`script -qc "${dd}" /dev/null`);
    assert.deepEqual(rebuild(terminal.events, to).missing, []);
    assert.equal(hash(rebuild(terminal.events, to).content), hash(readFileSync(to)));
  });

  it('long arguments are kept up to a limit, and what was cut is said', async () => {
    const program = 'a=$(head -c 100000 /dev/zero | tr "\\0" x); exec /bin/true $a tail';
    const { events } = await recordVictim(program);
    const at = events.findIndex((e) => e.name === 'SYSCALL_EXECVE_19_X' && (e.params.args?.length ?? 0) > 50_000);
    assert.ok(at > 0);
    assert.match(events[at + 1]?.params.desc?.toString() ?? '', /^arguments of 1000\d\d bytes cut after 57344/);
  });
});
