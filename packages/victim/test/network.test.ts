import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { linkAddresses } from '../src/addresses.ts';
import { readCounters } from '../src/containment.ts';
import { hostInterface } from '../src/link.ts';
import { checkPortFree } from '../src/port.ts';
import { checkInstance } from '../src/requirements.ts';
import { ruleset } from '../src/ruleset.ts';

test('the link takes the first two addresses of a private network', () => {
  assert.deepEqual(linkAddresses('10.66.0.0/30'), { host: '10.66.0.1', victim: '10.66.0.2', prefix: 30 });
  assert.deepEqual(linkAddresses('192.168.7.0/24'), { host: '192.168.7.1', victim: '192.168.7.2', prefix: 24 });
  for (const bad of ['203.0.113.0/24', '10.66.0.1/30', '10.66.0.0/31', '10.66.0.0', '10.300.0.0/24', 'x/30']) {
    assert.throws(() => linkAddresses(bad), { code: 'WG_VICTIM_ADDRESS_BAD' });
  }
});

test('names of instances stay plain, names of interfaces short', () => {
  assert.equal(hostInterface('waspglass'), 'waspglass-h');
  assert.match(hostInterface('a-very-long-name'), /^a-very[0-9a-f]{4}-h$/);
  assert.notEqual(hostInterface('a-very-long-name'), hostInterface('a-very-long-name2'));
  for (const bad of ['', 'A', '1a', 'a/b', 'a b', 'a;b', '../a', 'a'.repeat(33)]) {
    assert.throws(() => checkInstance(bad), { code: 'WG_VICTIM_INSTANCE_BAD' });
  }
});

test('a port that is taken is refused with the name of the one who has it', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await assert.rejects(checkPortFree(port, '127.0.0.1'), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'WG_VICTIM_PORT_TAKEN');
    assert.match(error.message, new RegExp(`port ${port} is taken by .+; stop that or choose another port`));
    return true;
  });
  await new Promise((resolve) => server.close(resolve));
  await checkPortFree(port, '127.0.0.1');
  await assert.rejects(checkPortFree(port, '127.0.0.1', 'the instance "b"'), { code: 'WG_VICTIM_PORT_TAKEN' });
  await assert.rejects(checkPortFree(port, '203.0.113.99'), { code: 'WG_VICTIM_ADDRESS_BAD' });
  await assert.rejects(checkPortFree(70_000, undefined), { code: 'WG_VICTIM_ADDRESS_BAD' });
});

test('the rules forbid other forwarding only where there was none', () => {
  const options = { table: 'a', device: 'a-h', victimAddress: '10.66.0.2', victimPort: 22, hostPort: 2222 };
  assert.match(ruleset({ ...options, wasForwarding: false }), /chain not_a_router/);
  const router = ruleset({ ...options, wasForwarding: true, listenAddress: '192.0.2.1' });
  assert.doesNotMatch(router, /not_a_router/);
  assert.match(router, /ip daddr 192\.0\.2\.1 tcp dport 2222 dnat ip to 10\.66\.0\.2:22/);
});

test('counters and attempts are read from the JSON of nft', () => {
  const element = (concat: (string | number)[]) => ({ elem: { val: { concat }, counter: { packets: 2, bytes: 120 } } });
  const counters = readCounters({
    nftables: [
      { counter: { name: 'egress_dropped', packets: 3, bytes: 180 } },
      { set: { elem: [element(['198.51.100.9', 'tcp', 80])] } },
      { set: { elem: [element(['198.51.100.9', 'icmp']), {}] } },
    ],
  });
  assert.deepEqual(counters.egressDropped, { packets: 3, bytes: 180 });
  assert.deepEqual(counters.hostDropped, { packets: 0, bytes: 0 });
  assert.deepEqual(counters.attempts, [
    { address: '198.51.100.9', protocol: 'tcp', port: 80, packets: 2, bytes: 120 },
    { address: '198.51.100.9', protocol: 'icmp', port: 0, packets: 2, bytes: 120 },
  ]);
});
