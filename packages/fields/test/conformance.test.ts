/**
 * What we say of each event against what sysdig 0.41.4 printed, for captures of old and new writers. The floors hold what
 * is reached; known differences: user names after setreuid(x, -1) (theirs loses the user), tuples of IPv4 through IPv6
 * sockets (theirs prints `<unknown>`), paths with a double slash (theirs keeps it), the interface's address for 0.0.0.0.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, FIELDS } from './replay.ts';
import { shared, skipWithoutShared } from './shared.ts';

/** Captures compared in whole; percent of equal lines that each field must reach over all of them. */
const CAPTURES = [
  'honeypot-small.scap.gz',
  'cat_write.scap',
  'curl_google.scap',
  'single_ipv6_conn.scap',
  'libs-sample.scap',
  'sf-files.scap',
  'sf-filesat.scap',
  'sf-alpine.scap',
  'sf-setns.scap',
  'sf-rename.scap',
  'sf-tcp-client-server.scap',
  'sf-httpd-event-cold.scap',
];
const FLOOR: Readonly<Record<(typeof FIELDS)[number], number>> = {
  'evt.num': 100,
  'evt.rawtime': 100,
  'evt.cpu': 100,
  'evt.dir': 100,
  'evt.type': 99.99,
  'evt.args': 99.8,
  'proc.name': 100,
  'proc.pid': 100,
  'proc.ppid': 100,
  'proc.cmdline': 100,
  'proc.cwd': 100,
  'user.name': 99,
  'proc.loginshellid': 100,
  'fd.num': 100,
  'fd.typechar': 99.99,
  'fd.name': 99.95,
};

test('fields agree with sysdig 0.41.4', { skip: skipWithoutShared }, async (t) => {
  const equal = FIELDS.map(() => 0);
  let total = 0;
  for (const capture of CAPTURES) {
    const result = await compare(shared, capture, 1);
    assert.equal(result.missing, 0, `${capture}: lines without an event`);
    total += result.total;
    for (const [i, n] of result.equal.entries()) equal[i] = (equal[i] ?? 0) + n;
  }
  for (const [i, name] of FIELDS.entries()) {
    const share = (100 * (equal[i] ?? 0)) / total;
    t.diagnostic(`${name}: ${equal[i]} of ${total} (${share.toFixed(3)} %)`);
    assert.ok(share >= FLOOR[name], `${name}: ${share} % equal, at least ${FLOOR[name]} % expected`);
  }
});
