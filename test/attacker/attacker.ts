/**
 * An attacker for tests: a network namespace with documentation addresses (RFC 5737), joined to the host by one link,
 * and Debian's own ssh client inside. Closing it removes everything that it made.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';

export interface AttackerOptions {
  /** Names the namespace and the link; at most 12 letters. */
  readonly name: string;
  /** Address of the host's end, with prefix, such as `203.0.113.1/24`. */
  readonly hostAddress: string;
  /** The attacker's addresses; the first lies in the host end's network, others are routed to it. */
  readonly addresses: readonly string[];
}

export interface SshOptions {
  /** One of the attacker's addresses. */
  readonly from?: string;
  readonly user: string;
  readonly password: string;
  readonly host?: string;
  readonly port: number;
  /** Run by the victim's shell; without it the log-in gets an interactive shell that reads `script`. */
  readonly command?: string;
  /** Standard input of the remote shell. */
  readonly script?: string;
  /** Asks for a terminal, as a person's client does. */
  readonly terminal?: boolean;
  readonly timeout?: number;
}

export interface SshResult {
  /** ssh's status: the remote command's, 255 for its own failures (a refused password is one). */
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export class Attacker {
  readonly namespace: string;
  /** The host's address as the attacker sees it. */
  readonly host: string;
  readonly addresses: readonly string[];
  private readonly link: string;
  private readonly scratch: string;

  private constructor(options: AttackerOptions, scratch: string) {
    this.namespace = options.name;
    this.link = `${options.name}-o`;
    this.host = options.hostAddress.split('/')[0] ?? '';
    this.addresses = options.addresses;
    this.scratch = scratch;
  }

  static async create(options: AttackerOptions): Promise<Attacker> {
    const attacker = new Attacker(options, await mkdtemp(`${tmpdir()}/attacker-`));
    await attacker.removeNetwork();
    try {
      await attacker.makeNetwork(options.hostAddress);
      return attacker;
    } catch (error) {
      await attacker.close();
      throw error;
    }
  }

  /** One log-in attempt by a real client. A wrong password costs one try and gives status 255. */
  async ssh(options: SshOptions): Promise<SshResult> {
    const passwordFile = `${this.scratch}/${process.hrtime.bigint()}`;
    await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 });
    try {
      return await this.run('sshpass', ['-f', passwordFile, 'ssh', ...this.sshArguments(options)], options);
    } finally {
      await rm(passwordFile, { force: true });
    }
  }

  /** Runs a program in the attacker's namespace. */
  run(tool: string, args: readonly string[], options: { script?: string; timeout?: number } = {}): Promise<SshResult> {
    const child = spawn('ip', ['netns', 'exec', this.namespace, tool, ...args], { timeout: options.timeout ?? 60_000 });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.script ?? '');
    return resultOf(child);
  }

  async close(): Promise<void> {
    await this.removeNetwork();
    await rm(this.scratch, { recursive: true, force: true });
  }

  private sshArguments({ from, user, host, port, command, terminal }: SshOptions): string[] {
    const settings = {
      UserKnownHostsFile: '/dev/null',
      GlobalKnownHostsFile: '/dev/null',
      StrictHostKeyChecking: 'no',
      PreferredAuthentications: 'password',
      PubkeyAuthentication: 'no',
      NumberOfPasswordPrompts: '1',
      ConnectTimeout: '10',
      LogLevel: 'ERROR',
    };
    const args = ['-F', '/dev/null', ...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])];
    if (from !== undefined) args.push('-b', from);
    args.push(terminal === true ? '-tt' : '-T', '-p', `${port}`, '-l', user, host ?? this.host);
    return command === undefined ? args : [...args, command];
  }

  private async makeNetwork(hostAddress: string): Promise<void> {
    const [first = '', ...others] = this.addresses;
    const prefix = hostAddress.split('/')[1];
    await ip(`netns add ${this.namespace}`);
    await ip(`link add ${this.link} type veth peer name eth0 netns ${this.namespace}`);
    await ip(`addr add ${hostAddress} dev ${this.link}`);
    await ip(`link set ${this.link} up`);
    await ip(`-n ${this.namespace} link set lo up`);
    await ip(`-n ${this.namespace} addr add ${first}/${prefix} dev eth0`);
    for (const address of others) await ip(`-n ${this.namespace} addr add ${address}/32 dev eth0`);
    await ip(`-n ${this.namespace} link set eth0 up`);
    await ip(`-n ${this.namespace} route add default via ${this.host}`);
    for (const address of others) await ip(`route add ${address}/32 via ${first} dev ${this.link}`);
  }

  private async removeNetwork(): Promise<void> {
    await resultOf(spawn('ip', ['link', 'del', this.link]));
    await resultOf(spawn('ip', ['netns', 'del', this.namespace]));
  }
}

async function ip(words: string): Promise<void> {
  const { status, stderr } = await resultOf(spawn('ip', words.split(' ')));
  if (status !== 0) throw new Error(`ip ${words}: ${stderr.trim()}`);
}

function resultOf(child: ChildProcess): Promise<SshResult> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) =>
      resolve({
        status: status ?? signal ?? 'unknown',
        stdout: `${Buffer.concat(out)}`,
        stderr: `${Buffer.concat(err)}`,
      }),
    );
  });
}
