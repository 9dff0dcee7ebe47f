/**
 * What a victim may do outside, in the words of the configuration: lines `CLASS ACTION`. Whatever no line names is
 * dropped in the kernel and counted; what `neverPorts` and `neverNetworks` name is dropped whatever the lines say.
 * Nothing is ever forwarded: each action is done by a mediator that opens a connection of its own.
 */
import { fail } from '../errors.ts';

export type EgressAction = 'answer' | 'store' | 'relay' | 'record' | 'trickle';
type PortRange = readonly [first: number, last: number];

interface EgressClass {
  readonly protocol: 'tcp' | 'udp';
  readonly ports: readonly PortRange[];
  readonly actions: readonly EgressAction[];
  readonly doc: string;
}

export const egressClasses = {
  dns: {
    protocol: 'udp',
    ports: [[53, 53]],
    actions: ['answer'],
    doc: 'Questions are asked again by our resolver, whatever server the victim meant; types that carry tunnels are refused.',
  },
  http: {
    protocol: 'tcp',
    ports: [
      [80, 80],
      [8000, 8000],
      [8080, 8080],
    ],
    actions: ['store', 'record'],
    doc: 'GET and HEAD only; each object is stored by its hash.',
  },
  https: {
    protocol: 'tcp',
    ports: [
      [443, 443],
      [8443, 8443],
    ],
    actions: ['relay', 'record'],
    doc: 'Passed on as it is, with the name from the first message in the log.',
  },
  ftp: {
    protocol: 'tcp',
    ports: [[21, 21]],
    actions: ['store', 'record'],
    doc: 'Passive downloads only; each object is stored by its hash.',
  },
  tftp: { protocol: 'udp', ports: [[69, 69]], actions: ['record'], doc: 'The request is recorded, never answered.' },
  irc: {
    protocol: 'tcp',
    ports: [
      [6660, 6669],
      [6697, 6697],
      [7000, 7000],
    ],
    actions: ['record', 'trickle'],
    doc: 'Ports of IRC servers.',
  },
  tcp: { protocol: 'tcp', ports: [[1, 65_535]], actions: ['record', 'trickle'], doc: 'Every other TCP port.' },
} as const satisfies Readonly<Record<string, EgressClass>>;

export type EgressClassName = keyof typeof egressClasses;

export interface EgressRow {
  readonly name: EgressClassName;
  readonly action: EgressAction;
}

/** Mail, remote shells, file shares, remote desktops: what worms spread by. */
export const neverPorts: readonly PortRange[] = [
  ...[22, 23, 25, 135, 465, 587, 2222, 2323, 2525, 3389, 5555, 5900].map((port): PortRange => [port, port]),
  [137, 139],
  [445, 445],
  [5985, 5986],
  [7547, 7547],
];

/** Addresses that no mediator may reach: private, shared, link-local, loopback, multicast, reserved. */
export const neverNetworks = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
] as const;

export interface EgressLimits {
  /** New connections per minute. */
  readonly connections: number;
  /** Packets per second, all classes together. */
  readonly packets: number;
  /** Bytes of one connection, both directions; of one object likewise. */
  readonly bytes: number;
  /** Questions to the resolver per minute. */
  readonly questions: number;
}

export const defaultEgressLimits: EgressLimits = { connections: 30, packets: 2000, bytes: 32 * 2 ** 20, questions: 60 };

/** `['dns answer', 'http store']` → rows; throws on anything that is not in the tables. */
export function parsePolicy(lines: readonly string[]): EgressRow[] {
  const rows = lines.map(parseLine);
  const twice = rows.find(({ name }, i) => rows.findIndex((row) => row.name === name) !== i);
  if (twice !== undefined) throw fail('WG_VICTIM_EGRESS_BAD', { found: twice.name, expected: 'each class once' });
  return rows;
}

/** The row that a TCP destination falls under: named classes first, `tcp` for the rest; undefined when it is denied. */
export function rowOfPort(rows: readonly EgressRow[], port: number): EgressRow | undefined {
  if (neverPorts.some(([first, last]) => port >= first && port <= last)) return undefined;
  const named = (Object.keys(egressClasses) as EgressClassName[]).find((name) => {
    const { protocol, ports } = egressClasses[name];
    return protocol === 'tcp' && ports.some(([first, last]) => port >= first && port <= last);
  });
  return rows.find(({ name }) => name === named) ?? rows.find(({ name }) => name === 'tcp');
}

/** Whether a mediator may connect there: an address that is public, as far as the tables know. */
export function isForbidden(address: string): boolean {
  const value = numberOf(address);
  if (value === undefined) return true;
  return neverNetworks.some((network) => {
    const [base = '', prefix = '32'] = network.split('/');
    const size = 2 ** (32 - Number(prefix));
    return Math.floor(value / size) === Math.floor((numberOf(base) ?? 0) / size);
  });
}

function parseLine(line: string): EgressRow {
  const [name = '', action = '', ...rest] = line.trim().split(/\s+/);
  const row = Object.hasOwn(egressClasses, name) ? egressClasses[name as EgressClassName] : undefined;
  if (row === undefined || rest.length > 0) {
    throw fail('WG_VICTIM_EGRESS_BAD', {
      found: line,
      expected: `a class of ${Object.keys(egressClasses).join(', ')}`,
    });
  }
  const known = row.actions.find((one) => one === action);
  if (known !== undefined) return { name: name as EgressClassName, action: known };
  throw fail('WG_VICTIM_EGRESS_BAD', { found: line, expected: `${name} with ${row.actions.join(' or ')}` });
}

function numberOf(address: string): number | undefined {
  const parts = address.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}
