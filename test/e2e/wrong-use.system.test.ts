/**
 * What goes wrong before a honeypot runs: each is one line that says what to do, with the exit code of design.md, and
 * nothing half-started stays behind. The conditions are real ones, made in mount and user namespaces of their own.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cannotRun, freePort, leftovers, ROOT } from './instance.ts';

const PROGRAM = path.join(ROOT, 'apps/cli/bin/waspglass');
const NAME = 'wgwrong';
const reason = cannotRun();

interface Case {
  readonly what: string;
  /** Run in namespaces of its own (unshare's options) after these shell commands; `$STATE` is the state directory. */
  readonly unshare?: readonly string[];
  readonly first?: string;
  /** Lines of the configuration instead of or beside the usual ones. */
  readonly config?: string;
  readonly code: number;
  readonly error: RegExp;
}

const PRIVATE_MOUNTS = ['--mount', '--propagation', 'private'];

describe('wrong use of up', { skip: reason ?? false }, () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'wg-wrong-'));
  const state = path.join(directory, 'state');
  const configFile = path.join(directory, 'waspglass.yaml');
  let holder: Server;
  let taken = 0;

  before(async () => {
    // The collector runs as another user, which must get through.
    chmodSync(directory, 0o755);
    mkdirSync(state);
    holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '0.0.0.0', () => resolve()));
    const address = holder.address();
    taken = typeof address === 'object' && address !== null ? address.port : 0;
  });

  after(() => {
    holder.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const cases: readonly Case[] = [
    {
      what: 'without root',
      unshare: ['--user'],
      code: 1,
      error: /^waspglass: WG_UP_NOT_ROOT: must run as root: found user id \d+; start it with sudo$/,
    },
    {
      what: 'without BTF',
      unshare: PRIVATE_MOUNTS,
      first: 'mount -t tmpfs none /sys/kernel/btf',
      code: 1,
      error: /^waspglass: WG_UP_NO_BTF: this kernel has no BTF .*; use a kernel built with CONFIG_DEBUG_INFO_BTF/,
    },
    {
      what: 'without runc',
      unshare: PRIVATE_MOUNTS,
      first: 'mount --bind /dev/null "$(command -v runc)"',
      code: 1,
      error: /^waspglass: WG_UP_MISSING_PROGRAM: runc is not installed; run: apt-get install runc$/,
    },
    {
      what: 'with a full disk',
      unshare: PRIVATE_MOUNTS,
      first: 'mount -t tmpfs -o size=8m none "$STATE"',
      code: 1,
      error: /^waspglass: WG_UP_NO_SPACE: .*state has \d+ MiB free, at least 256 MiB are needed$/,
    },
    {
      what: 'with the port of the victim taken',
      config: 'victim: {ssh_port: TAKEN, network: 10.66.44.0/30}',
      code: 1,
      error: /^waspglass: WG_UP_PORT_TAKEN: port \d+ on 0\.0\.0\.0 is taken; set victim\.ssh_port to a free one/,
    },
    {
      what: 'with the port of the console taken',
      config: 'console: {port: TAKEN}',
      code: 1,
      error: /^waspglass: WG_UP_PORT_TAKEN: port \d+ on 127\.0\.0\.1 is taken; set console\.port to a free one/,
    },
    {
      what: 'with an unknown option in the configuration',
      config: 'victim: {ssh_prot: 22}',
      code: 1,
      error:
        /^waspglass: WG_CONFIG_UNKNOWN_OPTION: .*waspglass\.yaml:\d+:\d+: no option "victim\.ssh_prot"; did you mean "victim\.ssh_port"\?$/,
    },
    {
      what: 'with rules that are not there',
      config: 'rules: {files: [/nonexistent/rules.yaml]}',
      code: 1,
      error: /^waspglass: WG_[A-Z_]+: .*\/nonexistent\/rules\.yaml/,
    },
  ];

  for (const row of cases) {
    test(row.what, async () => {
      const usual = {
        victim: `victim: {ssh_port: ${await freePort()}, network: 10.66.44.0/30}`,
        console: `console: {port: ${await freePort()}}`,
      };
      const own = row.config?.replace('TAKEN', String(taken));
      const lines = Object.entries(usual)
        .filter(([section]) => own?.startsWith(`${section}:`) !== true)
        .map(([, line]) => line);
      const fixed = [`instance: ${NAME}`, `state_directory: ${state}`, `run_directory: ${directory}/run`];
      writeFileSync(configFile, [...fixed, ...lines, ...(own === undefined ? [] : [own])].join('\n'));
      const { status, stdout, stderr } = run(row);
      assert.match(stderr.trimEnd(), row.error);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
      assert.doesNotMatch(stderr, /^\s+at /m);
      assert.equal(stdout, '');
      assert.equal(status, row.code);
      assert.deepEqual(readdirSync(state), [], 'something was left in the state directory');
      assert.equal(existsSync(path.join(directory, 'run')), false, 'the run directory was left');
      assert.deepEqual(leftovers(NAME, directory), []);
    });
  }

  test('while the same instance runs, from whatever directories', () => {
    const lock = `/run/waspglass-${NAME}.pid`;
    const startTime = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[19];
    writeFileSync(lock, `${process.pid} ${startTime}\n`);
    writeFileSync(configFile, `instance: ${NAME}\nstate_directory: ${state}\nrun_directory: ${directory}/run\n`);
    try {
      const { status, stderr } = run({ what: '', code: 1, error: /x/ });
      assert.match(
        stderr,
        new RegExp(`^waspglass: WG_UP_RUNNING: the instance "${NAME}" is running already, as process ${process.pid};`),
      );
      assert.equal(status, 1);
    } finally {
      rmSync(lock);
    }
  });

  test('an unknown argument is wrong use: exit code 2', () => {
    const { status, stderr } = spawnSync(PROGRAM, ['up', '--confg', 'x'], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, /unknown argument "--confg"; did you mean "config"\?\nSee: waspglass up --help/);
  });

  function run({ unshare = [], first = 'true' }: Case) {
    const command = `${first} && exec "${PROGRAM}" up --config "${configFile}"`;
    const env = { ...process.env, STATE: state };
    const options = { encoding: 'utf8', env, timeout: 120_000 } as const;
    return unshare.length === 0
      ? spawnSync('sh', ['-c', command], options)
      : spawnSync('unshare', [...unshare, 'sh', '-c', command], options);
  }
});
