/**
 * Copies to an SMB share by Debian's smbclient: the machine needs no CIFS module and no mount. Credentials reach it
 * through an inherited descriptor of an unlinked file in memory, never in argv or the environment. The copy is read back and
 * hashed.
 */
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fail } from './errors.ts';
import type { Seal } from './seal.ts';
import type { Transport, Verification } from './transport.ts';

export interface SmbOptions {
  /** `//server/share`, optionally with folders behind: `//server/share/honeypots`. */
  readonly share: string;
  readonly port: number;
  readonly credentials: Credentials;
  /** Folder on the share; made when missing. */
  readonly host: string;
  /** Require SMB 3 encryption. */
  readonly encrypt: boolean;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly domain: string;
}

interface Outcome {
  readonly code: number;
  readonly errors: string;
  readonly sha256: string;
}

const MAX_MESSAGE = 4096;
const NOT_FOUND = /NT_STATUS_OBJECT_NAME_NOT_FOUND|NT_STATUS_OBJECT_PATH_NOT_FOUND|NT_STATUS_NO_SUCH_FILE/;

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

export function smbTransport(options: SmbOptions): Transport {
  const [, server = '', share = '', ...folders] = options.share.split('/').filter((part, i) => i === 0 || part !== '');
  const target = `//${server}/${share}`;
  const folder = [...folders, options.host].join('/');
  const run = (commands: readonly string[], signal: AbortSignal) => smbclient(target, commands, options, signal);
  return {
    target: options.share,
    send: (file, seal, signal) => send(file, seal, { target: options.share, folder, run, signal }),
  };
}

interface Session {
  readonly target: string;
  readonly folder: string;
  readonly run: (commands: readonly string[], signal: AbortSignal) => Promise<Outcome>;
  readonly signal: AbortSignal;
}

async function send(file: string, seal: Seal, session: Session): Promise<Verification> {
  const { folder, signal, target } = session;
  const remote = `${folder}/${seal.name}`;
  const before = await readBack(remote, session);
  if (before === seal.sha256) return 'present';
  if (before !== undefined)
    throw fail('WG_EVIDENCE_EXISTS', { target, found: before, expected: seal.sha256 }, { at: { file } });
  // A `.part` of an interrupted run is ours to replace; the final name is given once, by a rename that refuses to overwrite.
  const commands = [
    ...parents(folder).map((f) => `mkdir ${quote(f)}`),
    `put ${quote(file)} ${quote(`${remote}.part`)}`,
    `rename ${quote(`${remote}.part`)} ${quote(remote)}`,
    `put ${quote(`${file}.seal.json`)} ${quote(`${remote}.seal.json`)}`,
  ];
  const { errors } = await session.run(commands, signal);
  const after = await readBack(remote, session);
  if (after === seal.sha256) return 'hash';
  const reason = lastLine(errors.replace(/^.*NT_STATUS_OBJECT_NAME_COLLISION making remote directory.*$/gm, ''));
  if (after === undefined) throw fail('WG_EVIDENCE_SMB', { target, reason }, { at: { file } });
  throw fail('WG_EVIDENCE_COPY_DIFFERS', { target, found: after, expected: seal.sha256 }, { at: { file } });
}

/** SHA-256 of a file on the share; undefined when it is not there. */
async function readBack(remote: string, { run, signal, target }: Session): Promise<string | undefined> {
  const { code, errors, sha256 } = await run([`get ${quote(remote)} -`], signal);
  if (code === 0) return sha256;
  if (NOT_FOUND.test(errors)) return undefined;
  throw fail('WG_EVIDENCE_SMB', { target, reason: lastLine(errors) });
}

function smbclient(
  target: string,
  commands: readonly string[],
  options: SmbOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const args = [
    target,
    '--configfile=/dev/null',
    '--authentication-file=/proc/self/fd/3',
    '--max-protocol=SMB3',
    `--client-protection=${options.encrypt ? 'encrypt' : 'sign'}`,
    `--port=${options.port}`,
    '--timeout=60',
    `--command=${commands.join('; ')}`,
  ];
  const secrets = secretFile(options.credentials);
  return new Promise((resolve, reject) => {
    const child = spawn('smbclient', args, {
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
      resolve({ code: code ?? 1, errors: code === 0 ? errors : errors + output, sha256: hash.digest('hex') });
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

/** `a/b/c` → `a`, `a/b`, `a/b/c`. */
function parents(folder: string): string[] {
  const parts = folder.split('/');
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}

/** smbclient splits commands at `;` outside quotes and knows no escape inside them, so such names are refused. */
function quote(name: string): string {
  if (/["\n\r;]/.test(name))
    throw fail('WG_EVIDENCE_SMB', {
      target: path.basename(name),
      reason: 'name with a quote, semicolon or line break',
    });
  return `"${name}"`;
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^(putting|getting) file/.test(line));
  return lines.at(-1)?.trim() ?? 'no answer';
}
