/**
 * The add-only share as `waspglass share init` makes it, on a real Samba server: every attack with the honeypot's own
 * account is refused, and evidence arrives whole over kills, a server that goes away, a full disk and a wrong password.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readTextIfThere, silentLogger, waitFor } from '@waspglass/kit';
import { PROBE } from '../src/archive.ts';
import { readChainKeys } from '../src/chain-key.ts';
import {
  audit,
  checkMount,
  DROP_SHARE,
  isBroken,
  Ledger,
  RECEIPTS_SHARE,
  readCredentials,
  receiptsOnShare,
  Shipper,
  type SmbServer,
  sealFile,
  setUpShare,
  smbDropTransport,
  tryAttacks,
  Verifier,
  writeSpoolPolicy,
} from '../src/index.ts';
import { sealsOf } from '../src/seal.ts';
import { SHARE_OWNER } from '../src/share-config.ts';
import { cannotServe, Samba } from './samba.ts';
import type { WorkerSettings } from './ship-worker.ts';

const skip = cannotServe() ?? false;
const WORKER = fileURLToPath(new URL('./ship-worker.ts', import.meta.url));
const [BEE, WASP] = ['wgtestbee', 'wgtestwasp'];
const KILLS = 20;
const MIB = 2 ** 20;

const root = mkdtempSync(path.join(tmpdir(), 'wg-share-'));
const share = path.join(root, 'share');
const box = path.join(share, 'evidence', BEE);
/** A share as people usually make them, to show that the attacks are real ones. */
const PLAIN_SHARE = `[plain]\n  path = ${root}/plain\n  valid users = ${BEE}\n  read only = no\n`;
const limit = () => AbortSignal.timeout(60_000);
const hadOwner = spawnSync('id', [SHARE_OWNER]).status === 0;
let samba: Samba;
let server: SmbServer;

before(async () => {
  if (skip !== false) return;
  chmodSync(root, 0o755);
  samba = new Samba(root, `${PLAIN_SHARE}[global]\n  include = ${share}/waspglass.smb.conf\n`);
  const { credentials } = setUpShare({ directory: share, users: [BEE, WASP], serverConfig: samba.configFile });
  mkdirSync(path.join(root, 'plain'));
  chmodSync(path.join(root, 'plain'), 0o777);
  await samba.start();
  server = {
    share: `//${samba.address}/${DROP_SHARE}`,
    port: 445,
    credentials: readCredentials(credentials[0] ?? ''),
    encrypt: true,
  };
});

beforeEach(() => {
  if (skip === false) emptyBox();
});

after(async () => {
  if (skip !== false) return;
  await samba.stop();
  for (const user of [BEE, WASP, ...(hadOwner ? [] : [SHARE_OWNER])]) spawnSync('userdel', [user]);
  rmSync(root, { recursive: true, force: true });
});

/** A spool that ships to the share. */
class Spool {
  readonly captures: string;
  readonly ledgerFile: string;
  readonly confirmed: string;
  private number = 0;
  private readonly hash = createHash('sha256');

  constructor(name: string) {
    const base = path.join(root, name);
    this.captures = path.join(base, 'captures');
    this.confirmed = path.join(base, 'confirmed');
    this.ledgerFile = path.join(base, 'ledger.jsonl');
    for (const folder of [this.captures, this.confirmed]) mkdirSync(folder, { recursive: true });
  }

  async capture(bytes: number): Promise<void> {
    const name = `image.20260102-030405.${String(++this.number).padStart(6, '0')}.scap.gz`;
    const content = randomBytes(bytes);
    this.hash.update(content);
    writeFileSync(path.join(this.captures, name), content);
    await sealFile(path.join(this.captures, name), 1);
  }

  get keys() {
    return readChainKeys(path.join(this.captures, 'chain.key'));
  }

  /** Ships what is there in this process. Returns the error, or ''. */
  async ship(own: SmbServer = server): Promise<string> {
    const ledger = new Ledger(this.ledgerFile);
    const transport = smbDropTransport({ ...own, ledger });
    const source = receiptsOnShare({ ...own, share: `//${samba.address}/${RECEIPTS_SHARE}` }, root);
    const receipts = { source, directory: this.confirmed };
    const options = { directory: this.captures, transports: [transport], ledger, logger: silentLogger, receipts };
    const shipper = new Shipper(options);
    const isGood = await shipper.pass(transport, limit());
    if (isGood) await shipper.takeReceipts(limit());
    ledger.close();
    return shipper.status.lastError;
  }

  verify() {
    const options = { directory: path.join(share, 'evidence'), receipts: path.join(share, 'receipts') };
    return new Verifier({ ...options, keys: this.keys, logger: silentLogger }).round();
  }

  /** Everything that arrived and is proven, in order, is what was written, and nothing came to be there twice. */
  async assertArrived(): Promise<readonly { level: string; text: string }[]> {
    const verdict = await audit(box, { keys: this.keys, receipts: path.join(share, 'receipts', BEE) });
    assert.equal(verdict.verdict, 'complete', JSON.stringify(verdict.findings));
    const whole = createHash('sha256');
    for (const { seal } of verdict.proven) {
      const names = readdirSync(box).filter((name) => name.includes(`.f.l${seal.bytes}.${seal.sha256}.`));
      const contents = names.map((name) => readFileSync(path.join(box, name)));
      whole.update(contents.find((bytes) => createHash('sha256').update(bytes).digest('hex') === seal.sha256) ?? '');
    }
    assert.equal(verdict.proven.length, this.number);
    assert.equal(whole.digest('hex'), this.hash.copy().digest('hex'), 'reassembled');
    return verdict.findings;
  }
}

/** Tests use one folder after the other. */
function emptyBox(): void {
  for (const folder of [box, path.join(share, 'receipts', BEE)])
    for (const name of readdirSync(folder)) rmSync(path.join(folder, name), { recursive: true });
}

test('with the own account everything but adding is refused', { skip }, async (t) => {
  const receipts = `//${samba.address}/${RECEIPTS_SHARE}`;
  const results = await tryAttacks({ server, receipts, other: WASP }, limit());
  t.diagnostic(results.map(({ what, outcome, answer }) => `\n  ${what.padEnd(36)} ${outcome} ${answer}`).join(''));
  assert.deepEqual(results.filter(isBroken), []);
  assert.equal(results.length, 28);
  const names = readdirSync(box);
  for (const folder of names.filter((name) => statSync(path.join(box, name)).isDirectory()))
    assert.equal(statSync(path.join(box, folder)).mode & 0o777, 0);
  const [evidence = ''] = names.filter((name) => name.endsWith('.evidence'));
  assert.ok(
    names.every((name) => PROBE.test(name)),
    names.join(' '),
  );
  assert.equal(readFileSync(path.join(box, evidence), 'utf8'), 'evidence\n');
  const { mode, nlink, mtimeMs } = statSync(path.join(box, evidence));
  assert.deepEqual([mode & 0o7777, nlink], [0o400, 1]);
  assert.ok(Date.now() - mtimeMs < 120_000);
  assert.deepEqual(readdirSync(path.join(share, 'evidence', WASP)), []);
  assert.deepEqual(readdirSync(path.join(share, 'receipts', BEE)), []);
});

test('on a plain share the same attacks succeed, and are told', { skip }, async () => {
  const plain = { ...server, share: `//${samba.address}/plain` };
  const broken = (await tryAttacks({ server: plain, receipts: '', other: WASP }, limit())).filter(isBroken);
  const names = broken.map(({ what }) => what);
  for (const what of [
    'overwrite',
    'truncate',
    'delete',
    'open again and append',
    'rename a new file over it',
    'hard link',
    'read',
    'list',
    'times',
    'attributes',
    'extended attributes',
    'access list',
  ])
    assert.ok(names.includes(what), `${what} is not among ${names.join(', ')}`);
});

test('what is sent is receipted, and freed on receipt only', { skip }, async () => {
  const spool = new Spool('receipts');
  const { captures, confirmed, ledgerFile } = spool;
  const policy = { limitBytes: 1, hardBytes: 100 * MIB, targets: [server.share], ledger: ledgerFile, streams: [] };
  writeSpoolPolicy(captures, { ...policy, receipts: confirmed });
  for (let i = 0; i < 3; i++) await spool.capture(MIB);
  assert.equal(await spool.ship(), '');
  await spool.capture(MIB);
  assert.equal((await sealsOf(captures)).length, 4, 'nothing is freed before its receipt');
  const [verdict] = await spool.verify();
  assert.equal(verdict?.proven.length, 3, JSON.stringify(verdict?.findings));
  assert.equal(await spool.ship(), '');
  assert.equal(readdirSync(confirmed).length, 3);
  await spool.capture(MIB);
  assert.deepEqual(
    (await sealsOf(captures)).map(({ seq }) => seq),
    [4, 5],
  );
  await spool.verify();
  assert.equal(await spool.ship(), '');
  await spool.verify();
  await spool.assertArrived();
});

test(`shipper killed ${KILLS} times, server killed and away for seconds: everything arrives, once`, {
  skip,
}, async (t) => {
  const spool = new Spool('kills');
  const settings: WorkerSettings = { directory: spool.captures, ledger: spool.ledgerFile, server };
  const start = () => spawn(process.execPath, [WORKER, JSON.stringify(settings)], { stdio: 'inherit' });
  const sent = () => readdirSync(box).length;
  const delivered = () => (readTextIfThere(spool.ledgerFile) ?? '').match(/"verified"/g)?.length ?? 0;
  let worker: ChildProcess = start();
  const ended = () =>
    waitFor(() => worker.exitCode !== null || worker.signalCode !== null, { limit: 30_000, what: 'its end' });
  for (let kill = 0; kill < KILLS; kill++) {
    for (let i = 1; i < 3; i++) await spool.capture(MIB * i);
    // In the middle of a file, or between two.
    const progress = kill % 2 === 0 ? sent : delivered;
    const before = progress();
    await waitFor(() => progress() > before, { limit: 30_000, every: 1 + kill, what: 'something to be sent' });
    worker.kill('SIGKILL');
    await ended();
    if (kill === KILLS / 2) await samba.stop('SIGKILL');
    worker = start();
    if (kill !== KILLS / 2) continue;
    await spool.capture(MIB);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await samba.start();
  }
  const all = (await sealsOf(spool.captures)).length;
  await waitFor(() => delivered() >= all, { limit: 60_000, what: 'the rest to be sent' });
  worker.kill('SIGTERM');
  await ended();
  await spool.verify();
  const findings = await spool.assertArrived();
  t.diagnostic(`${all} entries, ${findings.length} cut or doubled uploads put aside`);
  assert.equal(readdirSync(path.join(share, 'receipts', BEE)).length, all);
});

test('a wrong password and a full disk are told, and made good by the next pass', { skip }, async () => {
  const spool = new Spool('full');
  const mount = (...args: string[]) => assert.equal(spawnSync('mount', args).status, 0, args.join(' '));
  const owner = statSync(box);
  mount('-t', 'tmpfs', '-o', `size=3m,mode=1730,uid=${owner.uid},gid=${owner.gid}`, 'tmpfs', box);
  try {
    for (let i = 0; i < 3; i++) await spool.capture(2 * MIB);
    const wrong = { ...server, credentials: { ...server.credentials, password: 'wrong' } };
    assert.match(await spool.ship(wrong), /WG_EVIDENCE_SMB: .*NT_STATUS_LOGON_FAILURE/);
    assert.match(await spool.ship(), /WG_EVIDENCE_SMB: .*NT_STATUS_DISK_FULL/);
    mount('-o', 'remount,size=40m', box);
    assert.equal(await spool.ship(), '');
    await spool.verify();
    await spool.assertArrived();
    assert.doesNotThrow(() => checkMount(box, 'yes'));
  } finally {
    spawnSync('umount', [box]);
  }
  assert.throws(() => checkMount(box, 'yes'), /WG_EVIDENCE_NOT_MOUNTED/);
});
