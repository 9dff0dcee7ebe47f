/** A Samba server of a test's own on the loopback address, at the usual port, with the configuration that the test names. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { systemCode, waitFor } from '@waspglass/kit';

/** Why such a test cannot run here, or undefined. */
export function cannotServe(): string | undefined {
  if (process.getuid?.() !== 0) return 'cannot run here: needs root';
  const missing = ['/usr/sbin/smbd', '/usr/bin/smbclient'].find((file) => !existsSync(file));
  return missing === undefined ? undefined : `cannot run here: ${missing} is missing`;
}

export class Samba {
  readonly address = '127.0.0.1';
  readonly configFile: string;
  private server: ChildProcess | undefined;

  /** `shares` is text for the end of smb.conf. */
  constructor(directory: string, shares: string) {
    const state = path.join(directory, 'samba');
    mkdirSync(state, { recursive: true });
    this.configFile = path.join(directory, 'smb.conf');
    writeFileSync(
      this.configFile,
      `[global]
  server role = standalone
  bind interfaces only = yes
  interfaces = lo
  smb ports = 445
  log file = ${state}/log
  private dir = ${state}
  state directory = ${state}
  cache directory = ${state}
  lock directory = ${state}
  pid directory = ${state}
  ncalrpc dir = ${state}/ncalrpc
  load printers = no
  printcap name = /dev/null
${shares}`,
    );
  }

  async start(): Promise<void> {
    // In a process group of its own: smbd ends its whole group when it ends.
    const args = ['--foreground', '--no-process-group', `--configfile=${this.configFile}`];
    this.server = spawn('smbd', args, { stdio: 'ignore', detached: true });
    await waitFor(() => this.answers(), { limit: 15_000, what: 'smbd to answer' });
  }

  /** Ends it with all its connections. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const { server } = this;
    if (server?.pid === undefined || server.exitCode !== null) return;
    // The whole group, which is its own: connections are processes of their own.
    process.kill(-server.pid, signal);
    await waitFor(() => server.exitCode !== null || server.signalCode !== null, { limit: 10_000, what: 'smbd to end' });
    this.server = undefined;
    this.endHelpers();
  }

  /** smbd starts helpers in sessions of their own, which outlive it. */
  private endHelpers(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
        if (command.includes(`--configfile=${this.configFile}\0`)) process.kill(Number(pid), 'SIGKILL');
      } catch (error) {
        if (!['ENOENT', 'ESRCH', 'EACCES'].includes(systemCode(error) ?? '')) throw error;
      }
    }
  }

  private answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(445, this.address);
      socket.on('error', () => resolve(false));
      socket.on('connect', () => {
        socket.destroy();
        resolve(true);
      });
    });
  }
}
