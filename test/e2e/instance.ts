/**
 * A whole honeypot for tests, started as a user starts it (`npm start`'s bootstrap) with a configuration of its own:
 * directories below a temporary one, own ports, own names. The victim's image comes from the machine's cache.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTextIfThere, waitFor } from '@waspglass/kit';
import { stringify } from 'yaml';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BOOTSTRAP = path.join(ROOT, 'tools/bootstrap.mjs');
const PROGRAM = path.join(ROOT, 'apps/cli/bin/waspglass');

/** Why such a test cannot run here, or undefined. */
export function cannotRun(): string | undefined {
  if (process.getuid?.() !== 0) return 'cannot run here: needs root';
  if (!existsSync('/sys/kernel/btf/vmlinux')) return 'cannot run here: the kernel has no BTF';
  return undefined;
}

export interface InstanceOptions {
  readonly name: string;
  /** A /30 that no other test uses. */
  readonly network: string;
  /** Sections of the configuration beside the usual ones; gets the instance's temporary directory. */
  readonly config?: (directory: string) => Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export class Instance {
  readonly directory: string;
  readonly configFile: string;
  readonly name: string;
  sshPort = 0;
  consolePort = 0;
  /** What `up` printed on standard output. */
  output = '';
  /** What it printed on standard error: progress and log. */
  errors = '';
  private readonly options: InstanceOptions;
  private child: ChildProcess | undefined;
  private cookie = '';

  constructor(options: InstanceOptions) {
    this.options = options;
    this.name = options.name;
    this.directory = mkdtempSync(path.join(tmpdir(), `wg-${options.name}-`));
    // The collector runs as another user, which must get through.
    chmodSync(this.directory, 0o755);
    this.configFile = path.join(this.directory, 'waspglass.yaml');
  }

  get state(): string {
    return path.join(this.directory, 'state');
  }
  get run(): string {
    return path.join(this.directory, 'run');
  }

  /** Starts `npm start`'s command and waits until it says that the victim is up. Resolves with the milliseconds it took. */
  async start(): Promise<number> {
    await this.writeConfig();
    const began = performance.now();
    this.output = '';
    this.child = spawn('node', [BOOTSTRAP, 'start', '--config', this.configFile], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    await waitFor(
      () => {
        if (this.ended) throw new Error(`up ended: ${this.errors}`);
        return this.output.includes('Ctrl-C ends it');
      },
      { limit: 600_000, what: `${this.name} to be up` },
    );
    return performance.now() - began;
  }

  get ended(): boolean {
    return this.child !== undefined && (this.child.exitCode !== null || this.child.signalCode !== null);
  }

  /** Ctrl-C. Resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.child?.kill('SIGINT');
    await waitFor(() => this.ended, { limit: 90_000, what: `${this.name} to be down` });
    return this.child?.exitCode ?? null;
  }

  /** One line of the program: `waspglass ARGS`. */
  waspglass(...args: string[]): { code: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync(PROGRAM, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
    return { code: status, stdout, stderr };
  }

  /** The one-time link that `up` printed. */
  get loginLink(): string {
    return /console +(http\S+)/.exec(this.output)?.[1] ?? '';
  }

  /** Logs in to the console with a new link and asks its API. */
  async api(path: string): Promise<unknown> {
    if (this.cookie === '') {
      const link = this.waspglass('login', '--config', this.configFile).stdout.trim();
      const { headers } = await fetch(link, { redirect: 'manual' });
      this.cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
    }
    const response = await fetch(new URL(path, this.loginLink), { headers: { cookie: this.cookie } });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  pidOf(name: string): number {
    return Number(readFileSync(path.join(this.run, `${name}.pid`), 'utf8').split(' ')[0]);
  }

  captures(): string[] {
    return globSync(path.join(this.state, 'captures/image.*.scap.gz')).sort(
      (a, b) => Number(a.split('.').at(-3)) - Number(b.split('.').at(-3)),
    );
  }

  alerts(): { rule: string; output: string; priority: string; waspglass: { latency_ms: number } }[] {
    const text = readTextIfThere(path.join(this.state, 'alerts.jsonl')) ?? '';
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  /** Takes everything down, whatever happened, and removes the directory. */
  async remove(): Promise<void> {
    if (this.child !== undefined && !this.ended) {
      this.child.kill('SIGINT');
      await waitFor(() => this.ended, { limit: 60_000, what: 'the end' }).catch(() => this.child?.kill('SIGKILL'));
    }
    if (existsSync(this.configFile)) this.waspglass('down', '--config', this.configFile);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async writeConfig(): Promise<void> {
    this.sshPort ||= await freePort();
    this.consolePort ||= await freePort();
    const config = this.options.config?.(this.directory) ?? {};
    const own = {
      instance: this.name,
      state_directory: this.state,
      run_directory: this.run,
      ...(process.env.WASPGLASS_CACHE === undefined ? {} : { cache_directory: process.env.WASPGLASS_CACHE }),
      ...config,
      victim: { ssh_port: this.sshPort, network: this.options.network, ...config.victim },
      console: { port: this.consolePort, ...config.console },
    };
    writeFileSync(this.configFile, stringify(own), { mode: 0o600 });
  }
}

/** What an instance of this name still has on the machine; [] when nothing is left. */
export function leftovers(name: string, directory: string): string[] {
  const left: string[] = [];
  const look = (what: string, program: string, args: string[], mark: string) => {
    const { stdout } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
    for (const line of stdout.split('\n')) if (line.includes(mark)) left.push(`${what}: ${line.trim()}`);
  };
  look('process', 'ps', ['-eo', 'pid,args'], directory);
  look('nftables table', 'nft', ['list', 'tables'], name);
  for (const end of ['h', 'x']) look('link', 'ip', ['-o', 'link'], `${name.slice(0, 10)}-${end}`);
  look('namespace', 'ip', ['netns', 'list'], `${name}-sink`);
  look('routing rule', 'ip', ['rule', 'list'], `${name.slice(0, 10)}-h`);
  look('mount', 'cat', ['/proc/self/mountinfo'], directory);
  look('control group', 'find', ['/sys/fs/cgroup', '-type', 'd', '-name', `*${name}*`], name);
  return left;
}

/** Numbers of the tracing programs in the kernel. */
export function tracingPrograms(): string[] {
  const { stdout } = spawnSync('bpftool', ['prog', 'list'], { encoding: 'utf8' });
  return [...stdout.matchAll(/^(\d+): (?:raw_tracepoint|tracing|tracepoint) /gm)].map(([, id = '']) => id);
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
