/** An archive that was changed anywhere is found to be changed, in both forms in which archives come. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { silentLogger } from '@waspglass/kit';
import fc from 'fast-check';
import { audit, type Verdict } from '../src/audit.ts';
import { appendGap, inTurn } from '../src/chain.ts';
import { type ChainKey, KeyWalk, macOf, readChainKeys } from '../src/chain-key.ts';
import { dropName } from '../src/drop-name.ts';
import { parseSeal, sealBody, sealFileName, sealsOf, sealText, sha256Of } from '../src/seal.ts';
import { sealFile } from '../src/sealing.ts';
import { Verifier } from '../src/verifier.ts';

const root = mkdtempSync(path.join(tmpdir(), 'wg-audit-'));
after(() => rmSync(root, { recursive: true, force: true }));

const spool = path.join(root, 'spool');
/** `plain/bee` and `drop/bee`: the same evidence in both forms; the third capture was lost, the fourth cut by a kill. */
const forms = ['plain', 'drop'] as const;
type Form = (typeof forms)[number];
const pristine = (form: Form) => path.join(root, form, 'bee');
const receiptsOf = (form: Form) => path.join(root, `${form}-receipts`);
let keys: ChainKey[] = [];

before(async () => {
  for (const folder of [spool, ...forms.map(pristine)]) mkdirSync(folder, { recursive: true });
  const captures = [1, 2, 3, 4, 5].map((n) => path.join(spool, `image.20260102-030405.${n}.scap.gz`));
  for (const [i, file] of captures.entries()) {
    writeFileSync(file, `capture ${i} `.repeat(i + 3));
    const seal = await sealFile(file, 1, i !== 3);
    if (i !== 2) continue;
    await inTurn(spool, () => appendGap(spool, seal, 'the spool was full'));
    rmSync(file);
  }
  keys = readChainKeys(path.join(spool, 'chain.key'));
  for (const seal of await sealsOf(spool)) {
    const text = readFileSync(path.join(spool, sealFileName(seal)), 'utf8');
    deliver(seal.seq, 's', sealFileName(seal), Buffer.from(text));
    if (seal.lost === undefined && seal.seq !== 3)
      deliver(seal.seq, 'f', seal.name, readFileSync(path.join(spool, seal.name)));
  }
  for (const form of forms) {
    const options = { directory: path.join(root, form), keys, receipts: receiptsOf(form), logger: silentLogger };
    await new Verifier(options).round();
  }
});

function deliver(seq: number, part: 'f' | 's', name: string, bytes: Buffer): void {
  writeFileSync(path.join(pristine('plain'), name), bytes);
  const dropped = dropName({ seq, part, bytes: bytes.length, sha256: sha256Of(bytes), attempt: 1 });
  writeFileSync(path.join(pristine('drop'), dropped), bytes);
}

const judge = (folder: string, form: Form): Promise<Verdict> =>
  audit(folder, { keys, receipts: path.join(receiptsOf(form), 'bee') });
const textOf = ({ findings }: Verdict) =>
  findings.map(({ level, file, text }) => `${level} ${file}: ${text}`).join('\n');

for (const form of forms) {
  test(`${form}: an archive as it was made has its gaps and nothing else`, async () => {
    const verdict = await judge(pristine(form), form);
    assert.equal(verdict.verdict, 'gaps', textOf(verdict));
    assert.equal(verdict.authenticated, true);
    assert.equal(verdict.entries, 6);
    assert.deepEqual(
      verdict.findings.map(({ level, text }) => [level, text.slice(0, 40)]),
      [
        ['gap', 'the file of sequence 3 (50 bytes, 1 even'],
        ['gap', 'its writer was killed: up to the last fl'],
      ],
    );
    assert.equal(readdirSync(path.join(receiptsOf(form), 'bee')).length, 6);
  });

  test(`${form}: one flipped, cut, added, removed, exchanged, renamed or forged byte or file is found`, async () => {
    let run = 0;
    const files = readdirSync(pristine(form));
    await fc.assert(
      fc.asyncProperty(changes(files), async (change) => {
        const folder = path.join(root, `${form}-run-${run++}`, 'bee');
        cpSync(pristine(form), folder, { recursive: true });
        const isChanged = apply(folder, files, change);
        const verdict = await judge(folder, form);
        rmSync(path.dirname(folder), { recursive: true });
        if (isChanged) assert.equal(verdict.verdict, 'altered', textOf(verdict));
      }),
      { numRuns: 50 },
    );
  });

  test(`${form}: each single file that is removed is found`, async () => {
    for (const [i, file] of readdirSync(pristine(form)).entries()) {
      const folder = path.join(root, `${form}-without-${i}`, 'bee');
      cpSync(pristine(form), folder, { recursive: true });
      rmSync(path.join(folder, file));
      assert.equal((await judge(folder, form)).verdict, 'altered', file);
    }
  });
}

test('the end of a chain that was cut off is known by the receipts', async () => {
  const folder = path.join(root, 'cut-end', 'bee');
  cpSync(pristine('plain'), folder, { recursive: true });
  for (const suffix of ['', '.seal.json']) rmSync(path.join(folder, `image.20260102-030405.5.scap.gz${suffix}`));
  assert.equal((await audit(folder, { keys })).verdict, 'gaps');
  const verdict = await judge(folder, 'plain');
  assert.match(
    textOf(verdict),
    /altered .*00000006\.receipt\.json: vouches for sequence 6 since .* not there any more/,
  );
});

test('an archive of which nothing is left is known by the receipts', async () => {
  const folder = path.join(root, 'nothing', 'bee');
  mkdirSync(folder, { recursive: true });
  const { verdict, findings } = await judge(folder, 'plain');
  assert.deepEqual([verdict, findings.length], ['altered', 6]);
});

test('root on the honeypot knows the present key: what it forges of the past is found', async () => {
  const folder = path.join(root, 'forged', 'bee');
  cpSync(pristine('plain'), folder, { recursive: true });
  const name = 'image.20260102-030405.2.scap.gz';
  const forgery = Buffer.from('nothing happened');
  const sealFileOf = path.join(folder, `${name}.seal.json`);
  const { seal } = parseSeal(readFileSync(sealFileOf, 'utf8'), name);
  const body = sealBody({ ...seal, bytes: forgery.length, sha256: sha256Of(forgery) });
  const present = new KeyWalk(Buffer.from(keys[0]?.key ?? '', 'hex')).at(7);
  writeFileSync(sealFileOf, sealText(body, macOf(present, body)));
  writeFileSync(path.join(folder, name), forgery);
  assert.match(
    textOf(await audit(folder, { keys })),
    /altered .*\.2\.scap\.gz\.seal\.json: found a seal whose code is not/,
  );
});

test('without a key the hashes still hold, and the verdict says that the codes were not checked', async () => {
  const verdict = await audit(pristine('plain'), { keys: [] });
  assert.deepEqual([verdict.verdict, verdict.authenticated], ['gaps', false]);
});

test('an upload that was cut and sent again, and one that came twice, leave the archive as it is', async () => {
  const folder = path.join(root, 'again', 'bee');
  cpSync(pristine('drop'), folder, { recursive: true });
  const first = readdirSync(folder).find((name) => name.includes('.f.')) ?? '';
  const bytes = readFileSync(path.join(folder, first));
  writeFileSync(path.join(folder, first.replace(/a1$/, 'a2')), bytes.subarray(0, 5));
  writeFileSync(path.join(folder, first.replace(/a1$/, 'a3')), bytes);
  const verdict = await judge(folder, 'drop');
  assert.equal(verdict.verdict, 'gaps', textOf(verdict));
  assert.equal(verdict.findings.filter(({ level }) => level === 'note').length, 2);
});

interface Change {
  readonly how: 'flip' | 'cut' | 'append' | 'remove' | 'exchange' | 'rename' | 'stranger' | 'copy';
  readonly file: number;
  readonly other: number;
  readonly at: number;
  readonly bit: number;
}

function changes(files: readonly string[]): fc.Arbitrary<Change> {
  const which = fc.nat(files.length - 1);
  return fc.record({
    how: fc.constantFrom('flip', 'cut', 'append', 'remove', 'exchange', 'rename', 'stranger', 'copy'),
    file: which,
    other: which,
    at: fc.nat(2000),
    bit: fc.nat(7),
  });
}

/** Returns whether anything is different now. */
function apply(folder: string, files: readonly string[], { how, file, other, at, bit }: Change): boolean {
  const [one, two] = [path.join(folder, files[file] ?? ''), path.join(folder, files[other] ?? '')];
  const [bytes, others] = [readFileSync(one), readFileSync(two)];
  const place = at % bytes.length;
  if (how === 'flip') {
    bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << bit), place);
    writeFileSync(one, bytes);
  } else if (how === 'cut') writeFileSync(one, bytes.subarray(0, place));
  else if (how === 'append') writeFileSync(one, Buffer.concat([bytes, Buffer.from([at & 0xff])]));
  else if (how === 'remove') rmSync(one);
  else if (how === 'stranger') writeFileSync(path.join(folder, `image.20260102-030406.${at}.scap.gz`), bytes);
  else if (how === 'rename') renameSync(one, path.join(folder, `x${at}`));
  else if (how === 'copy') writeFileSync(two, bytes);
  else {
    writeFileSync(one, others);
    writeFileSync(two, bytes);
  }
  return (how !== 'exchange' && how !== 'copy') || file !== other;
}
