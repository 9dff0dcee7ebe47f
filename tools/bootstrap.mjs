/**
 * What `npm start` and `npm test` run, on any Node.js ≥ 20: installs what is missing (system packages, modules with the
 * pinned Node, the BPF object, the console's files), says what it does, and hands over to the pinned Node. Quick when
 * there is nothing to do. Plain JavaScript without dependencies, since nothing is installed yet.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const NODE = path.join(ROOT, 'node_modules/.bin/node');

/** System packages by what needs them: the program or file that shows that a package is there, and the package. */
const packages = {
  start: [
    ['/usr/sbin/runc', 'runc'],
    ['/usr/sbin/nft', 'nftables'],
    ['/usr/sbin/debootstrap', 'debootstrap'],
    ['/usr/bin/ip', 'iproute2'],
    ['/usr/bin/clang', 'clang'],
    ['/usr/include/bpf/bpf_helpers.h', 'libbpf-dev'],
    ['libbpf.so.1', 'libbpf1'],
    ['/usr/bin/openssl', 'openssl'],
    ['/usr/bin/smbclient', 'smbclient'],
  ],
  test: [
    ['/usr/bin/sysdig', 'sysdig'],
    ['/usr/bin/sshpass', 'sshpass'],
    ['/usr/bin/ssh', 'openssh-client'],
    ['/usr/sbin/smbd', 'samba'],
    ['samba/vfs/worm.so', 'samba-vfs-modules'],
    ['/usr/bin/chromium', 'chromium'],
    ['/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf', 'fonts-dejavu-core'],
    ['/usr/sbin/bpftool', 'bpftool'],
    ['/usr/bin/gcc', 'gcc'],
    ['/usr/bin/python3', 'python3'],
    ['/usr/bin/ps', 'procps'],
    ['/usr/bin/strace', 'strace'],
    ['/usr/bin/tcpdump', 'tcpdump'],
  ],
};

const say = (text) => process.stderr.write(`waspglass: ${text}\n`);

function stop(text) {
  say(text);
  process.exit(1);
}

function run(what, program, args, options = {}) {
  const { status, error, signal } = spawnSync(program, args, { cwd: ROOT, stdio: ['ignore', 2, 2], ...options });
  if (error !== undefined) stop(`${what}: cannot run ${program}: ${error.message}`);
  if (status !== 0)
    stop(`${what} failed (${program} ${signal === null ? `ended with ${status}` : `was ended by ${signal}`})`);
}

function isThere(file) {
  if (file.startsWith('/')) return existsSync(file) || existsSync(file.replace('/usr/sbin/', '/usr/bin/'));
  return (
    ['x86_64', 'aarch64'].some((cpu) => existsSync(`/usr/lib/${cpu}-linux-gnu/${file}`)) ||
    existsSync(`/usr/lib64/${file}`)
  );
}

function installPackages(wanted) {
  const missing = wanted.filter(([file]) => !isThere(file)).map(([, name]) => name);
  if (missing.length === 0) return;
  if (process.getuid() !== 0) stop(`must run as root to install ${missing.join(' ')}; start it with sudo`);
  if (!existsSync('/usr/bin/apt-get')) stop(`please install ${missing.join(' ')} (this machine has no apt-get)`);
  say(`installing system packages: ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get update', 'apt-get', ['update', '-q'], { env });
  run('apt-get install', 'apt-get', ['install', '-q', '-y', '--no-install-recommends', ...missing], { env });
}

/** Runs `make` when the files below `inputs` have changed since it last succeeded for this stamp. */
function whenChanged(stampName, inputs, product, make) {
  const stamp = path.join(ROOT, 'build', `${stampName}.stamp`);
  const hash = createHash('sha256');
  for (const input of inputs)
    for (const file of filesBelow(path.join(ROOT, input))) hash.update(file).update(readFileSync(file));
  const now = hash.digest('hex');
  if (existsSync(path.join(ROOT, product)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return;
  make();
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, now);
}

function filesBelow(entry) {
  if (!existsSync(entry)) return [];
  if (!statSync(entry).isDirectory()) return [entry];
  return readdirSync(entry)
    .filter((name) => name !== 'node_modules' && name !== 'dist' && name !== 'test')
    .sort()
    .flatMap((name) => filesBelow(path.join(entry, name)));
}

function bundle(folder, ...args) {
  run(`bundling ${folder}`, NODE, [path.join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', ...args, folder]);
}

function prepare(goal) {
  if (process.platform !== 'linux') stop('Waspglass needs Linux');
  installPackages(goal === 'test' ? [...packages.start, ...packages.test] : packages.start);
  whenChanged('modules', ['package-lock.json'], 'node_modules/.bin/node', () => {
    say('installing modules (npm ci)');
    run('npm ci', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  });
  whenChanged('sensor', ['bpf', 'packages/sensor/src/record-layout.ts'], 'build/sensor.bpf.o', () => {
    say('building the BPF object');
    run('building the BPF object', NODE, [path.join(ROOT, 'tools/build-bpf.ts')]);
  });
  whenChanged('cli', ['apps/cli', 'packages', 'package-lock.json'], 'build/cli/snapshot.blob', () => {
    say('bundling the command line');
    bundle('apps/cli');
    bundle('apps/cli', '--config', path.join(ROOT, 'apps/cli/vite.snapshot.config.ts'));
    const folder = path.join(ROOT, 'build/cli');
    const snapshot = [
      '--snapshot-blob',
      path.join(folder, 'snapshot.blob'),
      '--build-snapshot',
      path.join(folder, 'snapshot.cjs'),
    ];
    run('making the start-up snapshot', NODE, ['--disable-warning=ExperimentalWarning', '--no-warnings', ...snapshot]);
  });
  whenChanged('console', ['apps/console', 'packages/api/src'], 'apps/console/dist/index.html', () => {
    say('building the console');
    bundle('apps/console', '--logLevel', 'warn');
  });
}

/** Runs the pinned Node in the foreground; signals of the terminal reach it by themselves, others are passed on. */
function foreground(program, args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: process.cwd(), stdio: 'inherit' });
    const pass = (signal) => child.kill(signal);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, pass);
    child.on('error', (error) => stop(`cannot run ${program}: ${error.message}`));
    child.on('exit', (code, signal) => {
      for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.off(name, pass);
      resolve({ code, signal });
    });
  });
}

/** `up` supervises everything; this loop supervises `up`: killed by a signal, it is started again and adopts the rest. */
async function start(args) {
  if (process.getuid() !== 0) stop('must run as root: start it with sudo npm start');
  for (;;) {
    const { code, signal } = await foreground(path.join(ROOT, 'apps/cli/bin/waspglass'), ['up', ...args]);
    if (signal !== 'SIGKILL') return code ?? 1;
    say('the supervisor was killed; starting it again');
  }
}

async function test(args) {
  const { code } = await foreground(NODE, [path.join(ROOT, 'tools/test.ts'), ...args]);
  return code ?? 1;
}

const goals = { start, test };
const [goal, ...args] = process.argv.slice(2);
if (!Object.hasOwn(goals, goal)) stop(`usage: node tools/bootstrap.mjs ${Object.keys(goals).join('|')}`);
prepare(goal);
process.exitCode = await goals[goal](args);
