/**
 * Runs Debian's smbclient: the machine needs no CIFS module and no mount. Credentials reach it through an inherited
 * descriptor of an unlinked file in memory, never in argv or the environment.
 */
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fail } from './errors.ts';

export interface SmbServer {
  /** `//server/share`, optionally with folders behind: `//server/share/honeypots`. */
  readonly share: string;
  readonly port: number;
  readonly credentials: Credentials;
  /** Require SMB 3 encryption. */
  readonly encrypt: boolean;
  /** Newest protocol that is offered; SMB3 when missing. */
  readonly protocol?: 'SMB3' | 'SMB2_10';
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly domain: string;
}

export interface SmbOutcome {
  readonly code: number;
  readonly errors: string;
  /** Of what was printed on standard output: with `get NAME -` the bytes of a file. */
  readonly sha256: string;
  /** The beginning of it. */
  readonly output: string;
}

const MAX_MESSAGE = 4096;
export const NOT_FOUND = /NT_STATUS_OBJECT_NAME_NOT_FOUND|NT_STATUS_OBJECT_PATH_NOT_FOUND|NT_STATUS_NO_SUCH_FILE/;

/** Reads a credentials file (lines `username = …`, `password = …`, `domain = …`, as mount.cifs has it) that nobody else can read. */
export function readCredentials(file: string): Credentials {
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o077) !== 0) throw fail('WG_EVIDENCE_CREDENTIALS', { found: `0${mode.toString(8)}` }, { at: { file } });
  const values: Record<string, string> = {};
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0) values[line.slice(0, equals).trim()] = line.slice(equals + 1).trim();
  }
  const { username = '', password = '', domain = '' } = values;
  if (username === '') throw fail('WG_EVIDENCE_NO_USER', {}, { at: { file } });
  return { username, password, domain };
}

/** `//server/share/a/b` → the share, and the folder in it. */
export function placeOnShare(place: string): { target: string; folder: string } {
  const [, server = '', share = '', ...folders] = place.split('/').filter((part, i) => i === 0 || part !== '');
  return { target: `//${server}/${share}`, folder: folders.join('/') };
}

/** Runs commands on the server's share. A command that failed makes the exit code 1. */
export function smbclient(server: SmbServer, commands: readonly string[], signal: AbortSignal): Promise<SmbOutcome> {
  const own = [`--port=${server.port}`, '--timeout=60', `--command=${commands.join('; ')}`];
  return run('smbclient', server, own, signal);
}

/** Changes the access list of a file. This program knows the usual port only. */
export function smbcacls(server: SmbServer, args: readonly string[], signal: AbortSignal): Promise<SmbOutcome> {
  return run('smbcacls', server, args, signal);
}

function run(program: string, options: SmbServer, own: readonly string[], signal: AbortSignal): Promise<SmbOutcome> {
  const args = [
    placeOnShare(options.share).target,
    ...own,
    '--configfile=/dev/null',
    '--authentication-file=/proc/self/fd/3',
    `--max-protocol=${options.protocol ?? 'SMB3'}`,
    `--client-protection=${options.encrypt ? 'encrypt' : 'sign'}`,
  ];
  const secrets = secretFile(options.credentials);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', secrets],
      signal,
      env: { PATH: process.env.PATH ?? '' },
    });
    const hash = createHash('sha256');
    let errors = '';
    closeSync(secrets);
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      if (output.length < MAX_MESSAGE) output += chunk.toString('latin1', 0, MAX_MESSAGE);
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      if (errors.length < MAX_MESSAGE) errors += chunk.toString('utf8', 0, MAX_MESSAGE);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      // What goes wrong on the server is printed where the file's bytes would be.
      resolve({ code: code ?? 1, errors: code === 0 ? errors : errors + output, sha256: hash.digest('hex'), output });
    });
  });
}

/** Descriptor of a file without a name that holds the credentials as smbclient's -A reads them. */
function secretFile({ username, password, domain }: Credentials): number {
  const folder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const file = path.join(folder, `wg-${randomUUID()}`);
  const fd = openSync(file, 'wx+', 0o600);
  rmSync(file);
  writeSync(fd, `username = ${username}\npassword = ${password}\n${domain === '' ? '' : `domain = ${domain}\n`}`);
  return fd;
}

/** smbclient splits commands at `;` outside quotes and knows no escape inside them, so such names are refused. */
export function quote(name: string): string {
  if (/["\n\r;]/.test(name))
    throw fail('WG_EVIDENCE_SMB', {
      target: path.basename(name),
      reason: 'name with a quote, semicolon or line break',
    });
  return `"${name}"`;
}

/** What went wrong, as smbclient said it last. */
export function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^(putting|getting) file/.test(line));
  return lines.at(-1)?.trim() ?? 'no answer';
}
