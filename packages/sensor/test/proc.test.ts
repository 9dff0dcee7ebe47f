import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { waitFor } from '@waspglass/kit';
import { fdType } from '@waspglass/scap';
import { snapshotProc } from '../src/index.ts';
import { readDescriptors } from '../src/proc-descriptors.ts';
import { readStat, readVictimFile } from '../src/proc-files.ts';
import { Networks } from '../src/proc-network.ts';
import { victimPids } from '../src/proc-tree.ts';

describe('the snapshot from /proc', () => {
  it('has a process tree with strings, ids and descriptors, and nobody else', async () => {
    const child = spawn('sh', ['-c', 'sleep 1000 & exec sleep 2000'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
    });
    const pid = child.pid ?? 0;
    try {
      await waitFor(() => victimPids(pid, 0).length === 2 && commandOf(pid).startsWith('sleep'), {
        limit: 5000,
        what: 'both processes',
      });
      const inner = victimPids(pid, 0).find((p) => p !== pid) ?? 0;
      await waitFor(() => commandOf(inner).startsWith('sleep'), { limit: 5000, what: 'the second program' });
      const { processes, descriptors, machine } = snapshotProc(pid);
      assert.deepEqual(processes.map((p) => Buffer.from(p.args).toString()).sort(), ['1000\0', '2000\0']);
      const main = processes.find((p) => p.pid === pid);
      assert.equal(Buffer.from(main?.exe ?? []).toString(), 'sleep');
      assert.equal(Buffer.from(main?.comm ?? []).toString(), 'sleep');
      assert.equal(Buffer.from(main?.cwd ?? []).toString(), '/');
      assert.equal(main?.uid, process.geteuid?.());
      assert.notEqual(main?.exeIno, 0n);
      assert.equal(processes.find((p) => p.pid === inner)?.ptid, pid);
      assert.deepEqual(
        descriptors
          .get(pid)
          ?.map(({ fd }) => fd)
          .slice(0, 3),
        [0, 1, 2],
      );
      assert.ok(machine.cpus > 0);
    } finally {
      for (const p of victimPids(pid, 0)) process.kill(p, 'SIGKILL');
    }
  });

  it('a process that is gone is no error', () => {
    assert.deepEqual(snapshotProc(4_194_305).processes, []);
  });

  it('tells sockets by their addresses', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      const found = readDescriptors(process.pid, new Networks().of(process.pid)).find((d) => d.sport === port);
      assert.equal(found?.type, fdType.IPV4_SERVER);
      assert.deepEqual([...(found?.sip ?? [])], [127, 0, 0, 1]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('follows no link of the victim and waits for no pipe', () => {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'waspglass-proc-'));
    try {
      const file = path.join(directory, 'passwd');
      writeFileSync(file, 'root:x:0:0::/root:/bin/sh\n');
      assert.match(readVictimFile(file)?.toString() ?? '', /^root/);
      symlinkSync(file, path.join(directory, 'link'));
      assert.equal(readVictimFile(path.join(directory, 'link')), undefined);
      assert.equal(readVictimFile(directory), undefined);
      assert.equal(readVictimFile('/dev/zero'), undefined);
      writeFileSync(file, Buffer.alloc(3 << 20, 65));
      assert.equal(readVictimFile(file)?.length, 1 << 20);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('a process name with parentheses and spaces does not shift the fields', async () => {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'waspglass-proc-'));
    const program = path.join(directory, 'a) R 1 (b');
    copyFileSync('/bin/sleep', program);
    const child = spawn(program, ['1000'], { stdio: 'ignore' });
    try {
      const stat = await waitFor(
        () => {
          const now = readStat(`/proc/${child.pid}`);
          return now?.comm === 'a) R 1 (b' ? now : undefined;
        },
        { limit: 5000, what: 'the program' },
      );
      assert.equal(Number(stat.fields[1]), process.pid);
    } finally {
      child.kill('SIGKILL');
      rmSync(directory, { recursive: true });
    }
  });
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
