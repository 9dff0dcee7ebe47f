import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cannotRun } from '../victim.ts';
import { compile, type Lines, parseExpected, readWithNewerSysdig, readWithUs, record, suites } from './run.ts';

const skip = cannotRun();
/** Root of a system in which a sysdig of 0.40 or later is installed. */
const newer = process.env.WASPGLASS_NEWER_SYSDIG;

/** What one dialect says and the other cannot. */
const dialects: Readonly<Record<string, string>> = {
  seccomp: 'the classic event has no flags',
  bpf: 'a result of a type that it names itself in the classic event',
};
/** Cases whose text differs from sysdig 0.41.4's for a reason that is not the sensor's. */
const known: Readonly<Record<string, string>> = {
  close_range: 'unknown to it',
  keyctl: 'unknown to it',
  fchownat: 'it names no flags of this call',
  'socket raw': 'the letter of the protocol of raw sockets',
  'no such number': 'what a call without a name is called',
  nanosleep: 'intervals below a millisecond: 1e-06s there',
};
type Say = (text: string) => void;

function differences(one: Lines, other: Lines, known: Readonly<Record<string, string>>, say: Say): string[] {
  const differ = [...one.keys()].filter(
    (name) => !(name in known) && one.get(name)?.join('\n') !== other.get(name)?.join('\n'),
  );
  for (const name of differ)
    say(`${name}\n  ${one.get(name)?.join('\n  ')}\nother:\n  ${other.get(name)?.join('\n  ')}`);
  return differ;
}

describe('both dialects say the same', { skip }, () => {
  for (const suite of suites) {
    it(suite.source, async (t) => {
      const program = compile(suite);
      if (program === undefined || process.arch !== 'x64') {
        t.skip('gcc cannot build it here');
        return;
      }
      const cases = [...parseExpected(suite.expected).keys()];
      const current = await record(program, cases, 'current');
      const ours = readWithUs(current, 'exit');
      assert.equal(ours.size, cases.length);
      const classic = readWithUs(await record(program, cases, 'classic'), 'exit');
      assert.deepEqual(
        differences(ours, classic, dialects, (text) => t.diagnostic(text)),
        [],
      );
      if (newer === undefined) t.diagnostic('WASPGLASS_NEWER_SYSDIG is not set: not read with sysdig 0.40 or later');
      else
        assert.deepEqual(
          differences(ours, readWithNewerSysdig(current, newer), known, (text) => t.diagnostic(text)),
          [],
        );
    });
  }
});
