/** Names of ports for `read -R`, from this machine's /etc/services, as `sysdig -R` has them. */
import { readFileSync } from 'node:fs';
import { systemCode } from '@waspglass/kit';

const FILE = '/etc/services';
/** What remains when the machine has no such file. */
const COMMON: readonly (readonly [number, string])[] = [
  [21, 'ftp'],
  [22, 'ssh'],
  [23, 'telnet'],
  [25, 'smtp'],
  [53, 'domain'],
  [80, 'http'],
  [110, 'pop3'],
  [123, 'ntp'],
  [143, 'imap2'],
  [443, 'https'],
  [514, 'syslog'],
];

export function portNames(): (port: number) => string | undefined {
  const names = new Map<number, string>();
  for (const line of services().split('\n')) {
    const [, name, port] = /^([\w.+-]+)\s+(\d+)\//.exec(line) ?? [];
    if (name !== undefined && !names.has(Number(port))) names.set(Number(port), name);
  }
  for (const [port, name] of COMMON) if (!names.has(port)) names.set(port, name);
  return (port) => names.get(port);
}

function services(): string {
  try {
    return readFileSync(FILE, 'utf8');
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return '';
  }
}
