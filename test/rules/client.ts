/** What a client does by itself: log-ins by password and key, copies, tunnels. All over the attacker's namespace. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Attacker, SshResult } from '../attacker/attacker.ts';
import type { User } from './runner.ts';

const PASSWORDS: Readonly<Record<User, string>> = { root: 'passw0rd', user: 'user' };
const SETTINGS = [
  'UserKnownHostsFile=/dev/null',
  'GlobalKnownHostsFile=/dev/null',
  'StrictHostKeyChecking=no',
  'LogLevel=ERROR',
];

export class Client {
  readonly attacker: Attacker;
  private readonly port: number;
  private readonly scratch: string;

  private constructor(attacker: Attacker, port: number, scratch: string) {
    this.attacker = attacker;
    this.port = port;
    this.scratch = scratch;
  }

  static async create(attacker: Attacker, port: number): Promise<Client> {
    return new Client(attacker, port, await mkdtemp(path.join(tmpdir(), 'wg-client-')));
  }

  async close(): Promise<void> {
    await rm(this.scratch, { recursive: true, force: true });
  }

  /** Lines typed into a log-in shell. */
  async type(user: User, script: string, options: { terminal?: boolean; from?: string } = {}): Promise<SshResult> {
    const { attacker, port } = this;
    return await attacker.ssh({ user, password: PASSWORDS[user], port, script, timeout: 150_000, ...options });
  }

  /** One command sent along. */
  async command(user: User, command: string, from?: string): Promise<SshResult> {
    const { attacker, port } = this;
    return await attacker.ssh({
      user,
      password: PASSWORDS[user],
      port,
      command,
      ...(from === undefined ? {} : { from }),
    });
  }

  /** A wrong password. */
  async guess(user: string, password: string, from: string): Promise<SshResult> {
    return await this.attacker.ssh({ user, password, port: this.port, command: 'true', from });
  }

  /** A tunnel to an address that only the victim would connect to. */
  async tunnel(user: User, target: string): Promise<SshResult> {
    return await this.withPassword(user, [
      'timeout',
      '3',
      'ssh',
      ...options('-p', this.port),
      '-W',
      target,
      this.login(user),
    ]);
  }

  async put(user: User, target: string): Promise<SshResult> {
    const file = path.join(this.scratch, 'upload');
    await writeFile(file, 'kit\n');
    return await this.withPassword(user, ['scp', ...options('-P', this.port), file, `${this.login(user)}:${target}`]);
  }

  async fetch(user: User, source: string): Promise<SshResult> {
    const file = path.join(this.scratch, 'download');
    return await this.withPassword(user, ['scp', ...options('-P', this.port), `${this.login(user)}:${source}`, file]);
  }

  /** Plants a key with one log-in, and logs in with it. */
  async useKey(user: User): Promise<SshResult> {
    const key = path.join(this.scratch, 'key');
    await this.attacker.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'crew@example.invalid', '-f', key]);
    const { stdout: shown } = await this.attacker.run('cat', [`${key}.pub`]);
    await this.type(
      user,
      `mkdir -p -m 700 ~/.ssh; echo '${shown.trim()}' >> ~/.ssh/authorized_keys; chmod 600 ~/.ssh/authorized_keys\nexit\n`,
    );
    return await this.attacker.run('ssh', [
      ...options('-p', this.port),
      '-i',
      key,
      '-o',
      'BatchMode=yes',
      this.login(user),
      'true',
    ]);
  }

  private login(user: User): string {
    return `${user}@${this.attacker.host}`;
  }

  private async withPassword(user: User, words: readonly string[]): Promise<SshResult> {
    const file = path.join(this.scratch, 'password');
    await writeFile(file, `${PASSWORDS[user]}\n`, { mode: 0o600 });
    return await this.attacker.run('sshpass', ['-f', file, ...words]);
  }
}

const options = (portFlag: string, port: number): string[] => [
  '-F',
  '/dev/null',
  ...SETTINGS.flatMap((s) => ['-o', s]),
  portFlag,
  `${port}`,
];
