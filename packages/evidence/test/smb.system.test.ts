/** Ships to a real Samba server on loopback that requires SMB 3 encryption. Needs root, smbd and smbclient. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { silentLogger, waitFor } from '@waspglass/kit';
import { Ledger, type Seal, Shipper, sealFile, smbTransport } from '../src/index.ts';

const missing =
  process.getuid?.() !== 0 ? 'needs root' : ['/usr/sbin/smbd', '/usr/bin/smbclient'].find((f) => !existsSync(f));
const skip = missing === undefined ? false : `cannot run here: ${missing}`;
const PASSWORD = 'correct horse; "battery" staple';
/** A Unix account that every Debian has; Samba keeps the password in its own file. */
const ACCOUNT = { name: 'games', uid: 5, gid: 60 };

const root = mkdtempSync(path.join(tmpdir(), 'wg-smb-'));
const share = path.join(root, 'share');
const captures = path.join(root, 'captures');
let server: ChildProcess | undefined;
let port = 0;

before(async () => {
  if (skip !== false) return;
  chmodSync(root, 0o755);
  for (const folder of ['share', 'captures', 'state']) mkdirSync(path.join(root, folder));
  chownSync(share, ACCOUNT.uid, ACCOUNT.gid);
  port = await freePort();
  const config = path.join(root, 'smb.conf');
  writeFileSync(config, smbConfig());
  execFileSync('smbpasswd', ['-c', config, '-a', '-s', ACCOUNT.name], {
    input: `${PASSWORD}\n${PASSWORD}\n`,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  // In a process group of its own: smbd ends its whole group when it ends.
  server = spawn('smbd', ['--foreground', '--no-process-group', `--configfile=${config}`], {
    stdio: 'ignore',
    detached: true,
  });
  await waitFor(answers, { limit: 15_000, what: 'smbd to answer' });
});

after(async () => {
  server?.kill('SIGTERM');
  if (server !== undefined)
    await waitFor(() => server?.exitCode !== null || server.signalCode !== null, {
      limit: 10_000,
      what: 'smbd to end',
    });
  rmSync(root, { recursive: true, force: true });
});

test('a sealed capture reaches the share, encrypted, and is checked by reading it back', { skip }, async () => {
  const file = path.join(captures, 'image.20260102-030405.1.scap.gz');
  writeFileSync(file, Buffer.alloc(3 << 20, 'evidence'));
  const seal = await sealFile(file, 3);
  const transport = smbTransport(options(PASSWORD));
  const ledger = new Ledger(path.join(root, 'ledger.jsonl'));
  const shipper = new Shipper({ directory: captures, transports: [transport], ledger, logger: silentLogger });
  assert.equal(await shipper.pass(transport, AbortSignal.timeout(60_000)), true, shipper.status.lastError);
  const copy = path.join(share, 'honeypots/bee', seal.name);
  assert.deepEqual(readFileSync(copy), readFileSync(file));
  assert.deepEqual(readFileSync(`${copy}.seal.json`), readFileSync(`${file}.seal.json`));
  assert.match(readFileSync(path.join(root, 'ledger.jsonl'), 'utf8'), /"verified":"hash"/);
  assert.equal(await transport.send(parcel(file, seal), AbortSignal.timeout(60_000)), 'present');
  ledger.close();
});

test('another file of that name on the share is never overwritten', { skip }, async () => {
  const file = path.join(captures, 'image.20260102-030405.2.scap.gz');
  writeFileSync(file, 'mine');
  const seal = await sealFile(file, 1);
  const taken = path.join(share, 'honeypots/bee', seal.name);
  writeFileSync(taken, 'theirs');
  chmodSync(taken, 0o644);
  await assert.rejects(
    smbTransport(options(PASSWORD)).send(parcel(file, seal), AbortSignal.timeout(60_000)),
    /WG_EVIDENCE_EXISTS/,
  );
  assert.equal(readFileSync(taken, 'utf8'), 'theirs');
});

test('a wrong password is one clear error without the password', { skip }, async () => {
  const file = path.join(captures, 'image.20260102-030405.2.scap.gz');
  const seal = await sealFile(file, 1);
  await assert.rejects(
    smbTransport(options('wrong-secret')).send(parcel(file, seal), AbortSignal.timeout(60_000)),
    (error: Error) => {
      assert.match(error.message, /WG_EVIDENCE_SMB: smbclient on .*LOGON_FAILURE/);
      assert.doesNotMatch(error.message, /wrong-secret/);
      return true;
    },
  );
});

const parcel = (file: string, seal: Seal) => ({ file, seal, sealFile: `${file}.seal.json` });

function options(password: string) {
  const credentials = { username: ACCOUNT.name, password, domain: '' };
  return { share: '//127.0.0.1/evidence/honeypots', port, credentials, host: 'bee', encrypt: true };
}

function smbConfig(): string {
  const state = path.join(root, 'state');
  return `[global]
  server role = standalone
  bind interfaces only = yes
  interfaces = lo
  smb ports = ${port}
  disable netbios = yes
  map to guest = never
  smb encrypt = required
  server min protocol = SMB3
  log file = ${state}/log
  private dir = ${state}
  state directory = ${state}
  cache directory = ${state}
  lock directory = ${state}
  pid directory = ${state}
  ncalrpc dir = ${state}/ncalrpc
  load printers = no
  printcap name = /dev/null
[evidence]
  path = ${share}
  valid users = ${ACCOUNT.name}
  read only = no
`;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
