/** Documents for the store's tests: RFC 5737 addresses, times counted from one fixed instant. */
import type {
  AlertDocument,
  AuthDocument,
  CommandDocument,
  ContainmentDocument,
  GrowthDocument,
  SessionDocument,
  TerminalDocument,
} from '@waspglass/logs';

export const START = Date.parse('2026-03-01T12:00:00.000Z');
export const at = (ms: number) => new Date(START + ms).toISOString();
const host = { name: 'victim.invalid' };

export function auth(
  n: number,
  ms: number,
  ip: string,
  user: string,
  password: string | undefined,
  outcome: 'success' | 'failure' = 'failure',
): AuthDocument {
  return {
    _id: `auth-${n}`,
    '@timestamp': at(ms),
    message: `${outcome} for ${user} from ${ip}`,
    event: { dataset: 'system.auth', outcome },
    host,
    source: { ip, port: 40_000 + n },
    user: { name: user },
    waspglass: { method: 'password', ...(password === undefined ? {} : { password }) },
  };
}

export function session(id: string, ms: number, ip: string, ended?: number): SessionDocument {
  return {
    _id: `session-${id}`,
    '@timestamp': at(ms),
    message: `root from ${ip}`,
    event: { dataset: 'honeypot.session' },
    host,
    source: { ip, port: 4242 },
    user: { name: 'root' },
    session: { id },
    waspglass: {
      started: at(ms),
      ...(ended === undefined ? {} : { ended: at(ended) }),
      commands: 0,
      alerts: 0,
      files: 0,
      connections: 0,
      failures_before: 2,
    },
  };
}

export function command(id: string, index: number, ms: number, line: string): CommandDocument {
  return {
    _id: `command-${id}-${index}`,
    '@timestamp': at(ms),
    message: line,
    event: { dataset: 'honeypot.command' },
    host,
    session: { id },
    process: { pid: 100 + index, command_line: line, exit_code: 0 },
    waspglass: { index, depth: 0 },
  };
}

export function terminal(id: string, n: number, ms: number, text: string): TerminalDocument {
  return {
    _id: `terminal-${id}-${n}`,
    '@timestamp': at(ms),
    message: 'output',
    event: { dataset: 'honeypot.terminal' },
    host,
    session: { id },
    waspglass: { direction: 'output', data: Buffer.from(text).toString('base64'), offset_ms: ms },
  };
}

export function alert(n: number, ms: number, rule: string, priority: string, id?: string): AlertDocument {
  return {
    _id: `alert-${n}`,
    '@timestamp': at(ms),
    message: rule,
    event: { dataset: 'falco.alerts' },
    host,
    ...(id === undefined ? {} : { session: { id } }),
    rule: { name: rule },
    tags: ['T1053.003'],
    waspglass: { priority, output: rule, output_fields: {} },
  };
}

export function containment(n: number, packets: number): ContainmentDocument {
  return {
    _id: `containment-${n}`,
    '@timestamp': at(n),
    message: `${packets} packets refused`,
    event: { dataset: 'honeypot.containment' },
    host,
    waspglass: { dropped_packets: packets, dropped_bytes: packets * 60 },
  };
}

export function growth(minute: number, events: number): GrowthDocument {
  return {
    _id: `growth-${minute}`,
    '@timestamp': at(minute * 60_000),
    message: `${events} events`,
    event: { dataset: 'capture.growth' },
    host,
    waspglass: { events, bytes: events * 100, lost: 1 },
  };
}
