import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { waitFor } from '@waspglass/kit';
import { concat } from '@waspglass/scap';
import { PacketRecording } from '../src/index.ts';
import { testDirectory } from './victim.ts';

const NAMESPACE = 'wgpackets';
const LINK = 'wgpackets-h';
const HOST = '198.51.100.193';
const VICTIM = '198.51.100.194';

const run = (line: string) => {
  const [program = '', ...args] = line.split(' ');
  return spawnSync(program, args, { encoding: 'utf8' });
};
const must = (line: string) => {
  const { status, stderr } = run(line);
  assert.equal(status, 0, `${line}: ${stderr}`);
};
const skip =
  process.getuid?.() !== 0
    ? 'needs root'
    : ['ip', 'tcpdump', 'python3'].find((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0) || false;

describe('packets of a link', { skip }, () => {
  before(() => {
    run(`ip netns del ${NAMESPACE}`);
    must(`ip netns add ${NAMESPACE}`);
    must(`ip link add ${LINK} type veth peer name eth0 netns ${NAMESPACE}`);
    must(`ip addr add ${HOST}/30 dev ${LINK}`);
    must(`ip link set ${LINK} up`);
    must(`ip -n ${NAMESPACE} addr add ${VICTIM}/30 dev eth0`);
    must(`ip -n ${NAMESPACE} link set eth0 up`);
  });
  after(() => {
    run(`ip link del ${LINK}`);
    run(`ip netns del ${NAMESPACE}`);
  });

  const inside = (program: string) => run(`ip netns exec ${NAMESPACE} python3 ${program}`);
  const script = (name: string, text: string) => {
    const file = path.join(testDirectory, name);
    writeFileSync(file, text);
    return file;
  };

  it('are in the file with their times, as tcpdump reads it; totals by far end', async () => {
    const chunks: Uint8Array[] = [];
    const recording = new PacketRecording({ interface: LINK, onChunk: (chunk) => chunks.push(chunk.slice()) });
    const began = Date.now() / 1000;
    const sender = script(
      'udp.py',
      `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('${VICTIM}', 4000))
for i in range(300): s.sendto(b'x' * (i + 1), ('${HOST}', 9))
`,
    );
    assert.equal(inside(sender).status, 0);
    await waitFor(() => (recording.totals(HOST, 9)?.packetsOut ?? 0) === 300, { limit: 5000, what: 'the packets' });
    const file = path.join(testDirectory, 'udp.pcapng');
    const header = recording.header();
    recording.stop();
    writeFileSync(file, concat([header, ...chunks]));
    assert.equal(recording.stats.dropped, 0);
    assert.equal(recording.totals(HOST, 9)?.bytesOut, 300 * 42 + (300 * 301) / 2);
    const { stdout, status, stderr } = run(`tcpdump -nr ${file} -tt --nano udp port 9`);
    assert.equal(status, 0, stderr);
    const lines = stdout.trim().split('\n');
    assert.equal(lines.length, 300);
    const [first = '', last = ''] = [lines[0], lines[299]];
    assert.match(first, new RegExp(`IP ${VICTIM}\\.4000 > ${HOST}\\.9: UDP, length 1$`));
    assert.match(last, /length 300$/);
    const time = Number(first.split(' ')[0]);
    assert.ok(time >= began - 1 && time <= Date.now() / 1000 + 1, first);
  });

  it('a flood is recorded or counted as dropped, nothing between', async () => {
    const chunks: Uint8Array[] = [];
    let packets = 0;
    const recording = new PacketRecording({
      interface: LINK,
      onChunk: (chunk, n) => {
        chunks.push(chunk.slice());
        packets += n;
      },
    });
    const flood = script(
      'flood.py',
      `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(60000): s.sendto(b'y' * 1400, ('${HOST}', 10))
`,
    );
    assert.equal(inside(flood).status, 0);
    const header = recording.header();
    recording.stop();
    const sent = recording.totals(HOST, 10)?.packetsOut ?? 0;
    assert.ok(sent > 0 && packets === recording.stats.packets);
    assert.ok(sent + recording.stats.dropped >= 60_000, `${sent} recorded, ${recording.stats.dropped} dropped`);
    const file = path.join(testDirectory, 'flood.pcapng');
    writeFileSync(file, concat([header, ...chunks]));
    const { stdout, status } = run(`tcpdump -nr ${file} --count udp port 10`);
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`^${sent} packets`));
  });

  it('without the interface it says so', () => {
    assert.throws(() => new PacketRecording({ interface: 'wgnone', onChunk: () => undefined }), {
      code: 'WG_SENSOR_PACKETS',
    });
  });
});
