/**
 * Files that an intruder brings in, by scp in both of its protocols, sftp, a pipe through ssh and text in the shell: their
 * hashes are with the session, and `waspglass files` gives them back byte for byte.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { delay, waitFor } from '@waspglass/kit';
import type { AuthDocument, FileDocument, SessionDocument } from '@waspglass/logs';
import { Attacker } from '../attacker/attacker.ts';
import { cannotRun, Instance, leftovers } from './instance.ts';

const reason = cannotRun();
const ATTACKER = '198.51.100.140';
const PASSWORD = 'passw0rd';
const MIB = 2 ** 20;
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

interface Written {
  readonly path: string;
  readonly sha256: string;
  readonly complete: boolean;
  readonly missing: readonly string[];
  readonly file: string;
}

describe('files that are brought in', { skip: reason ?? false }, () => {
  const honeypot = new Instance({ name: 'wgsens', network: '10.66.44.0/30' });
  const scratch = mkdtempSync(path.join(tmpdir(), 'wg-brought-'));
  let attacker: Attacker;

  const source = (name: string, size: number): string => {
    const file = path.join(scratch, name);
    writeFileSync(file, randomBytes(size));
    return file;
  };
  const settings = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'PubkeyAuthentication=no',
    'LogLevel=ERROR',
  ];
  const options = () => [
    '-F',
    '/dev/null',
    ...settings.flatMap((option) => ['-o', option]),
    '-P',
    `${honeypot.sshPort}`,
  ];
  const client = async (program: string, args: readonly string[]) => {
    const { status, stderr } = await attacker.run('sshpass', ['-p', PASSWORD, program, ...options(), ...args]);
    assert.equal(status, 0, stderr);
  };
  const at = (name: string) => `root@${attacker.host}:/root/${name}`;

  before(async () => {
    await honeypot.start();
    attacker = await Attacker.create({ name: 'wgsender', hostAddress: '198.51.100.129/25', addresses: [ATTACKER] });
  });

  after(async () => {
    await attacker?.close();
    await honeypot.remove();
    rmSync(scratch, { recursive: true, force: true });
  });

  const sizes = { scp: 8 * MIB, 'scp-old': 300_000, sftp: 3 * MIB + 1, piped: 5 * MIB, typed: 2000, tiny: 1 } as const;
  const names = Object.keys(sizes) as (keyof typeof sizes)[];

  test('by scp, sftp, a pipe and the shell', async () => {
    for (const name of names) source(name, sizes[name]);
    await client('scp', [path.join(scratch, 'scp'), at('scp')]);
    await client('scp', ['-O', path.join(scratch, 'scp-old'), at('scp-old')]);
    await client('scp', [path.join(scratch, 'tiny'), at('tiny')]);
    const batch = path.join(scratch, 'batch');
    writeFileSync(batch, `put ${path.join(scratch, 'sftp')} /root/sftp\n`);
    await client('sftp', ['-o', 'BatchMode=no', '-b', batch, `root@${attacker.host}`]);
    const login = { from: ATTACKER, user: 'root', password: PASSWORD, port: honeypot.sshPort };
    const pipe = `sshpass -p ${PASSWORD} ssh -F /dev/null ${settings.map((option) => `-o ${option}`).join(' ')} -p ${honeypot.sshPort}`;
    const run = await attacker.run('sh', [
      '-c',
      `${pipe} root@${attacker.host} 'cat > piped' < ${path.join(scratch, 'piped')}`,
    ]);
    assert.equal(run.status, 0, run.stderr);
    const text = readFileSync(path.join(scratch, 'typed')).toString('base64');
    const typed = await attacker.ssh({ ...login, script: `echo ${text} | base64 -d > typed\nexit\n` });
    assert.equal(typed.status, 0, typed.stderr);
    for (const name of names) {
      const inside = readFileSync(path.join(honeypot.state, 'victim/merged/root', name));
      assert.equal(hash(inside), hash(readFileSync(path.join(scratch, name))), `${name} has arrived`);
    }
  });

  test('passwords given to su and chpasswd are attempts of their own', async () => {
    const login = { from: ATTACKER, user: 'user', password: 'user', port: honeypot.sshPort };
    const script = `echo wr0ng | su -c id root\necho ${PASSWORD} | su -c id root\nexit 0\n`;
    assert.equal((await attacker.ssh({ ...login, script })).status, 0);
    const root = { ...login, user: 'root', password: PASSWORD };
    assert.equal((await attacker.ssh({ ...root, script: "echo 'user2:n3w' | chpasswd\nexit 0\n" })).status, 0);
    const typed = async () => {
      const { items } = (await honeypot.api('/api/feed?kind=attempts&limit=100')) as {
        items: { document: AuthDocument }[];
      };
      return items
        .map(({ document }) => document)
        .filter(({ event }) => event.action === 'su' || event.action === 'chpasswd')
        .map(({ event, user }) => `${event.action} ${user?.name} ${event.outcome}`)
        .sort();
    };
    for (let tries = 0; (await typed()).length < 3 && tries < 50; tries++) await delay(100);
    assert.deepEqual(await typed(), ['chpasswd user2 success', 'su root failure', 'su root success']);
  });

  test('their hashes are with the sessions', async () => {
    for (const name of names) {
      const wanted = hash(readFileSync(path.join(scratch, name)));
      const found = async () => {
        const { items } = (await honeypot.api(`/api/search?q=${wanted}`)) as { items: { document: FileDocument }[] };
        const documents = items.map(({ document }) => document);
        return documents.find(({ event, file }) => event.action === 'written' && file?.path === `/root/${name}`);
      };
      let hit = await found();
      for (let tries = 0; hit === undefined && tries < 50; tries++) {
        await delay(100);
        hit = await found();
      }
      assert.ok(hit, `${name} is listed with its hash`);
      assert.equal(hit.file?.size, sizes[name]);
      assert.equal(hit.waspglass.incomplete, undefined);
      assert.ok(hit.session?.id);
    }
  });

  test('waspglass files gives them back', async () => {
    const directory = path.join(scratch, 'out');
    mkdirSync(directory);
    const list = () => {
      const { stdout } = honeypot.waspglass('files', '--json', '-x', directory, ...honeypot.captures());
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Written);
    };
    await waitFor(() => list().some(({ path: at }) => at === '/root/typed'), { limit: 10_000, what: 'the last file' });
    const files = list();
    for (const name of names) {
      const file = files.find(({ path: at }) => at === `/root/${name}`);
      assert.ok(file, name);
      assert.deepEqual(file.missing, [], name);
      assert.equal(hash(readFileSync(file.file)), hash(readFileSync(path.join(scratch, name))), name);
    }
  });

  test('the packets are in sealed pcapng files, and each session knows what its connection carried', async () => {
    const { items } = (await honeypot.api('/api/sessions')) as { items: { document: SessionDocument }[] };
    const carried = items.map(({ document }) => document.waspglass.network?.bytes_in ?? 0);
    const most = Math.max(...carried);
    assert.ok(most > sizes.scp && most < sizes.scp * 1.2, `the largest session brought ${most} bytes`);
    assert.equal(await honeypot.stop(), 0);
    const captures = path.join(honeypot.state, 'captures');
    const [name = ''] = readdirSync(captures).filter((file) => file.endsWith('.pcapng.gz'));
    assert.match(name, /^packets\.\d{8}-\d{6}\.\d{6}\.pcapng\.gz$/);
    const seal = JSON.parse(readFileSync(path.join(captures, `${name}.seal.json`), 'utf8')) as { events: number };
    const packets = gunzipSync(readFileSync(path.join(captures, name)));
    const file = path.join(scratch, 'packets.pcapng');
    writeFileSync(file, packets);
    const counted = spawnSync('tcpdump', ['-nr', file, '--count'], { encoding: 'utf8' });
    assert.equal(counted.stdout.trim(), `${seal.events} packets`);
  });

  test('nothing is left behind', async () => {
    await honeypot.remove();
    assert.deepEqual(leftovers(honeypot.name, honeypot.directory), []);
  });
});
