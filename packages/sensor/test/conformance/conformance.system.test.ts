import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { cannotRun } from '../victim.ts';
import {
  compile,
  formatExpected,
  isKnownTo0293,
  knownDifferences,
  type Lines,
  namedBy0293,
  parseExpected,
  readWithSysdig,
  readWithUs,
  record,
  suites,
} from './run.ts';

const skip = cannotRun();
const isUpdate = process.env.WASPGLASS_UPDATE === '1';

const TYPED_WITHOUT = /get(sock|peer)name/;

/** How each case is recorded, for the table. */
function kindOf(lines: readonly string[]): string {
  const exits = lines.filter((line) => line.startsWith('<') || /procexit|signaldeliver/.test(line));
  if (exits.length === 0) return 'missing';
  // generic events show no parameters
  return exits.some((line) => line.includes('=') || TYPED_WITHOUT.test(line)) ? 'covered' : 'generic';
}

function table(lines: Lines): Map<string, string[]> {
  const byKind = new Map<string, string[]>();
  for (const [name, list] of lines) {
    const kind = kindOf(list);
    byKind.set(kind, [...(byKind.get(kind) ?? []), name]);
  }
  return byKind;
}

describe('each system call is recorded as what it is', { skip }, () => {
  for (const suite of suites) {
    it(suite.source, async (t) => {
      const expected = parseExpected(suite.expected);
      const program = compile(suite);
      if (program === undefined || process.arch !== 'x64') {
        t.skip('gcc cannot build it here');
        return;
      }
      const file = await record(program, [...expected.keys()]);
      const ours = readWithUs(file);
      if (isUpdate) writeFileSync(path.join(import.meta.dirname, suite.expected), formatExpected(ours), 'latin1');
      for (const [kind, names] of table(ours)) t.diagnostic(`${kind} ${names.length}: ${names.join(', ')}`);
      if (!isUpdate) {
        for (const [name, lines] of expected) assert.deepEqual(ours.get(name), lines, name);
      }
      const theirs = readWithSysdig(file);
      if (theirs === undefined) return;
      const known = (lines: readonly string[] | undefined) => (lines ?? []).filter(isKnownTo0293).map(namedBy0293);
      const differ = [...ours.keys()].filter(
        (name) =>
          !(name in knownDifferences) && known(ours.get(name)).join('\n') !== known(theirs.get(name)).join('\n'),
      );
      for (const name of differ) {
        t.diagnostic(`${name}\n  ${ours.get(name)?.join('\n  ')}\nsysdig:\n  ${theirs.get(name)?.join('\n  ')}`);
      }
      assert.deepEqual(differ, []);
    });
  }
});
