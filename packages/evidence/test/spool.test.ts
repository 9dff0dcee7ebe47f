/** The spool's bounds, the shipper's lock, receipts on their way back, and shares that should be mounted and are not. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { silentLogger } from '@waspglass/kit';
import { readChainKeys } from '../src/chain-key.ts';
import {
  audit,
  directoryTransport,
  Ledger,
  lockSpool,
  receiptsInDirectory,
  type Seal,
  Shipper,
  sealFile,
  type Transport,
  Verifier,
  writeSpoolPolicy,
} from '../src/index.ts';
import { checkMount } from '../src/mount.ts';
import { sealsOf } from '../src/seal.ts';

const root = mkdtempSync(path.join(tmpdir(), 'wg-spool-'));
after(() => rmSync(root, { recursive: true, force: true }));
const KIB = 1024;

/** A spool, its share and its verifier, as on three machines. */
class Setup {
  readonly captures: string;
  readonly share: string;
  readonly receipts: string;
  readonly confirmed: string;
  readonly alerts: string;
  readonly gaps: Seal[] = [];
  readonly ledger: Ledger;
  private readonly transport: Transport;
  private readonly shipper: Shipper;
  private readonly base: string;
  private number = 0;

  constructor(name: string, { withReceipts, limit, hard }: { withReceipts: boolean; limit: number; hard: number }) {
    this.base = path.join(root, name);
    this.captures = path.join(this.base, 'captures');
    this.alerts = path.join(this.base, 'alerts.jsonl');
    this.share = path.join(this.base, 'share');
    this.receipts = path.join(this.base, 'receipts');
    this.confirmed = path.join(this.base, 'confirmed');
    for (const folder of [this.captures, this.share, this.receipts, this.confirmed])
      mkdirSync(folder, { recursive: true });
    const ledger = path.join(this.base, 'ledger.jsonl');
    writeSpoolPolicy(this.captures, {
      limitBytes: limit,
      hardBytes: hard,
      targets: [this.share],
      ledger,
      receipts: withReceipts ? this.confirmed : '',
      streams: [{ name: 'alerts', file: this.alerts }],
    });
    this.ledger = new Ledger(ledger);
    this.transport = directoryTransport({ directory: this.share, host: 'bee', requireMount: 'no' });
    this.shipper = new Shipper({
      directory: this.captures,
      transports: [this.transport],
      ledger: this.ledger,
      logger: silentLogger,
      receipts: {
        source: receiptsInDirectory(path.join(this.receipts, 'bee')),
        directory: this.confirmed,
      },
    });
  }

  async capture(): Promise<void> {
    const file = path.join(this.captures, `image.20260102-030405.${++this.number}.scap.gz`);
    writeFileSync(file, Buffer.alloc(10 * KIB, this.number));
    await sealFile(file, 1, true, (gap) => this.gaps.push(gap));
  }

  async ship(): Promise<void> {
    assert.equal(await this.shipper.pass(this.transport, AbortSignal.timeout(20_000)), true);
  }

  async verify(): Promise<void> {
    const keys = readChainKeys(path.join(this.captures, 'chain.key'));
    await new Verifier({ directory: this.share, keys, receipts: this.receipts, logger: silentLogger }).round();
    await this.shipper.takeReceipts(AbortSignal.timeout(20_000));
  }

  audit() {
    return audit(path.join(this.share, 'bee'), { keys: readChainKeys(path.join(this.captures, 'chain.key')) });
  }

  /** Numbers of the captures that the spool holds. */
  get held(): number[] {
    return readdirSync(this.captures)
      .filter((name) => name.endsWith('.scap.gz'))
      .map((name) => Number(name.split('.')[2]))
      .sort((a, b) => a - b);
  }
}

test('above its limit the spool frees what the target has, oldest first; nothing before', async () => {
  const setup = new Setup('limit', { withReceipts: false, limit: 35 * KIB, hard: 1000 * KIB });
  for (let i = 0; i < 5; i++) await setup.capture();
  assert.deepEqual(setup.held, [1, 2, 3, 4, 5], 'nothing is safe yet');
  await setup.ship();
  await setup.capture();
  assert.deepEqual(setup.held, [4, 5, 6]);
  await setup.ship();
  assert.equal((await setup.audit()).verdict, 'complete');
  setup.ledger.close();
});

test('with receipts, what was only sent is kept; a forged receipt frees nothing', async () => {
  const setup = new Setup('receipts', { withReceipts: true, limit: 25 * KIB, hard: 1000 * KIB });
  for (let i = 0; i < 3; i++) await setup.capture();
  await setup.ship();
  const [first] = await sealsOf(setup.captures);
  const forged = `{"chain":"${first?.chain}","seq":1,"seal":"${'0'.repeat(64)}","checked":"2026-01-02","mac":"${'0'.repeat(64)}"}\n`;
  const receipt = path.join(setup.confirmed, `${first?.chain.slice(0, 16)}.00000001.receipt.json`);
  writeFileSync(receipt, forged);
  await setup.capture();
  assert.deepEqual(setup.held, [1, 2, 3, 4]);
  rmSync(receipt);
  await setup.verify();
  await setup.capture();
  assert.deepEqual(setup.held, [4, 5]);
  setup.ledger.close();
});

test('at the hard limit the oldest goes unshipped, and the archive says so', async () => {
  const setup = new Setup('hard', { withReceipts: false, limit: 25 * KIB, hard: 35 * KIB });
  for (let i = 0; i < 5; i++) await setup.capture();
  assert.deepEqual(setup.held, [3, 4, 5]);
  assert.deepEqual(
    setup.gaps.map(({ lost, bytes, reason }) => [lost, bytes, reason]),
    [1, 2].map((n) => [n, 10 * KIB, 'the spool was full before this file was safe elsewhere']),
  );
  await setup.ship();
  const { verdict, findings } = await setup.audit();
  assert.equal(verdict, 'gaps');
  assert.deepEqual(
    findings.map(({ text }) => text),
    [1, 2].map(
      (n) =>
        `the file of sequence ${n} (10240 bytes, 1 events) was lost: the spool was full before this file was safe elsewhere`,
    ),
  );
  setup.ledger.close();
});

test('alerts travel in sealed segments of whole lines, each line once, over a kill and a new file', async () => {
  const setup = new Setup('alerts', { withReceipts: false, limit: 1000 * KIB, hard: 1000 * KIB });
  const segments = () =>
    readdirSync(setup.captures)
      .filter((name) => /^alerts\.\d{8}-\d{6}\.\d{6}\.jsonl\.gz$/.test(name))
      .sort((a, b) => Number(a.split('.')[2]) - Number(b.split('.')[2]))
      .map((name) => gunzipSync(readFileSync(path.join(setup.captures, name))).toString());
  await setup.capture();
  writeFileSync(setup.alerts, '{"n":1}\n{"n":2}\n{"n":');
  await setup.capture();
  appendFileSync(setup.alerts, '3}\n');
  // As a kill leaves it between the segment and the note of it.
  const places = path.join(setup.captures, 'streams.json');
  const before = readFileSync(places);
  await setup.capture();
  writeFileSync(places, before);
  appendFileSync(setup.alerts, '{"n":4}\n');
  await setup.capture();
  await setup.capture();
  rmSync(setup.alerts);
  writeFileSync(setup.alerts, '{"n":5}\n');
  await setup.capture();
  assert.deepEqual(segments(), ['{"n":1}\n{"n":2}\n', '{"n":3}\n', '{"n":4}\n', '{"n":5}\n']);
  await setup.ship();
  assert.equal((await setup.audit()).verdict, 'complete');
  setup.ledger.close();
});

test('one shipper at a time; its lock ends with it', async () => {
  const setup = new Setup('lock', { withReceipts: false, limit: 1, hard: 1 });
  const unlock = await lockSpool(setup.captures);
  await assert.rejects(lockSpool(setup.captures), /WG_EVIDENCE_LOCKED: another shipper works on .*captures/);
  await unlock();
  await (await lockSpool(setup.captures))();
  setup.ledger.close();
});

const ROOT_ONLY = '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n';
const WITH_SHARE = `${ROOT_ONLY}40 22 0:50 / /mnt/evidence\\040bee rw - cifs //server/evidence rw\n`;
const FSTAB = '# shares\n//server/evidence /mnt/evidence\\040bee cifs credentials=/root/c 0 0\n';

test('a share that is not mounted is named; one that is there is written to', () => {
  const check = (directory: string, rule: 'auto' | 'yes' | 'no', fstab: string, mounts: string) => () =>
    checkMount(directory, rule, { fstab, mounts });
  const place = '/mnt/evidence bee/hosts';
  assert.throws(
    check(place, 'auto', FSTAB, ROOT_ONLY),
    /WG_EVIDENCE_NOT_MOUNTED: \/mnt\/evidence bee\/hosts is not the mounted share: \/etc\/fstab mounts \/mnt\/evidence bee, and/,
  );
  assert.doesNotThrow(check(place, 'auto', FSTAB, WITH_SHARE));
  assert.throws(check(place, 'auto', '', ROOT_ONLY), /it is on the disk of this machine/);
  assert.doesNotThrow(check(place, 'auto', '', WITH_SHARE));
  assert.doesNotThrow(check(place, 'no', FSTAB, ROOT_ONLY));
  assert.doesNotThrow(check('/srv/evidence', 'auto', FSTAB, ROOT_ONLY));
  assert.throws(check('/srv/evidence', 'yes', '', ROOT_ONLY), /nothing is mounted there/);
});

test('nothing is written beside a share that is not there', async () => {
  const directory = path.join(root, 'not-mounted');
  const file = path.join(root, 'image.20260102-030405.9.scap.gz');
  writeFileSync(file, 'x');
  const seal = await sealFile(file, 1);
  const transport = directoryTransport({ directory, host: 'bee', requireMount: 'yes' });
  await assert.rejects(
    transport.send({ file, seal, sealFile: `${file}.seal.json` }, AbortSignal.timeout(1000)),
    /WG_EVIDENCE_NOT_MOUNTED/,
  );
  assert.equal(existsSync(directory), false);
});
