/**
 * Every option of `waspglass.yaml`, one row each: where it stands in the file, what it takes, its default and its
 * documentation. The reader, `waspglass config check`, the sample file and docs/configuration.md derive from this table.
 */
import { accountSets } from '@waspglass/victim';
import { alertOptions } from './alert-options.ts';
import {
  accounts,
  address,
  choice,
  egressPolicy,
  flag,
  hostname,
  instanceName,
  integer,
  type Kind,
  optionalIpv4,
  optionalPath,
  pathname,
  port,
  powerOfTwo,
  subnet,
  text,
} from './kinds.ts';
import { ruleOptions } from './rule-options.ts';

export interface Option<T> {
  readonly kind: Kind<T>;
  readonly default: T;
  readonly doc: string;
}

const row = <T>(kind: Kind<T>, value: T, doc: string): Option<T> => ({ kind, default: value, doc });

export const options = {
  instance: row(
    instanceName,
    'waspglass',
    'Name of this honeypot; part of every interface, table and directory that it makes.',
  ),
  state_directory: row(optionalPath, '', 'Captures, documents, store and victim; "" means /var/lib/INSTANCE.'),
  run_directory: row(optionalPath, '', 'Process ids, status and tokens; "" means /run/INSTANCE.'),
  cache_directory: row(
    pathname,
    '/var/cache/waspglass',
    'Root file systems made by debootstrap; may be shared by instances.',
  ),

  'victim.profile': row(text, 'debian-12', 'Which root file system the victim gets.'),
  'victim.hostname': row(hostname, 'srv-web-02', 'Host name that the attacker sees.'),
  'victim.account_set': row(
    choice(Object.keys(accountSets)),
    'first',
    'Accounts with weak passwords: root with passw0rd (first) or test123 (second), user with user, user2 with user2.',
  ),
  'victim.accounts': row(accounts, [], 'Accounts with weak passwords of your own; [] means those of the set.'),
  'victim.ssh_listen': row(address, '0.0.0.0', 'Address of this machine on which the victim answers.'),
  'victim.ssh_port': row(port, 2222, 'Port of this machine that leads to the victim’s sshd (22 in production).'),
  'victim.network': row(
    subnet,
    '10.66.0.0/30',
    'Network between this machine and the victim; nothing else may use it.',
  ),
  'victim.memory_mib': row(integer(64, 1_048_576, 'MiB'), 1024, 'Most memory that the victim may use.'),
  'victim.processes': row(integer(32, 1_000_000), 2048, 'Most processes that the victim may have.'),
  'victim.cpu_percent': row(integer(10, 100_000), 100, 'Processor time of the victim, in per cent of one processor.'),
  'victim.disk_mib': row(
    integer(256, 16_777_216, 'MiB'),
    4096,
    'Size of the disk that the victim writes to; it takes room in the state directory as it fills.',
  ),
  'victim.reset_quiet_minutes': row(
    integer(0, 525_600, 'minutes'),
    0,
    'The victim starts afresh when the last session has been over for so long; 0: not for that.',
  ),
  'victim.reset_hours': row(
    integer(0, 8760, 'hours'),
    0,
    'The victim starts afresh at this age, if somebody was there; 0: not for that.',
  ),
  'victim.reset_growth_mib': row(
    integer(0, 16_777_216, 'MiB'),
    0,
    'The victim starts afresh when so much has been written to its disk; 0: not for that.',
  ),
  'victim.egress': row(
    egressPolicy,
    [],
    'What the victim may do outside; all else is dropped and counted. [] means nothing (docs/containment.md).',
  ),
  'victim.egress_user': row(text, 'waspglass-egress', 'User that does it for the victim; made when missing.'),
  'victim.egress_resolver': row(
    optionalIpv4,
    '',
    'Resolver that answers for “dns answer”; "" means the first IPv4 one of /etc/resolv.conf.',
  ),
  'victim.egress_connections': row(integer(1, 100_000), 30, 'Connections of the victim to the outside per minute.'),
  'victim.egress_packets': row(integer(10, 1_000_000), 2000, 'Packets of the victim to the outside per second.'),
  'victim.egress_questions': row(integer(1, 100_000), 60, 'Questions of the victim to the resolver per minute.'),
  'victim.egress_mib': row(integer(1, 65_536, 'MiB'), 32, 'Size of one connection, and of one stored object.'),
  'victim.objects_mib': row(integer(1, 16_777_216, 'MiB'), 2048, 'Size of all stored objects together.'),

  'sensor.snap_length': row(integer(80, 4096, 'bytes'), 2048, 'Bytes kept of each read and write.'),
  'sensor.full_data': row(
    choice(['sessions', 'all', 'none']),
    'sessions',
    'Whose data is kept whole, within limits per process and file: that of log-in sessions, all, or nobody’s.',
  ),
  'sensor.ring_mib': row(powerOfTwo(1, 256, 'MiB'), 16, 'Buffer between kernel and sensor.'),

  'capture.dialect': row(
    choice(['classic', 'current']),
    'classic',
    'Events of captures: enter and exit, as sysdig 0.29.3 and later read them, or exit only, for 0.40 and later.',
  ),
  'recorder.rotate_mib': row(integer(1, 100_000, 'MiB'), 100, 'A capture file is closed when it has this size.'),
  'recorder.rotate_minutes': row(integer(1, 10_080, 'minutes'), 60, 'A capture file is closed at this age.'),
  'recorder.level': row(integer(1, 9), 4, 'gzip level of captures.'),
  'recorder.packets': row(flag, true, 'Record the packets of the victim’s link too, as pcapng files.'),
  'recorder.fsync': row(
    flag,
    false,
    'Write captures through to the disk at every flush, at most 250 ms after an event.',
  ),
  'recorder.free_mib': row(integer(16, 1_000_000, 'MiB'), 256, 'Free space below which `up` refuses to start.'),

  ...ruleOptions,
  ...alertOptions,

  'console.listen': row(
    address,
    '127.0.0.1',
    'Address of the console; keep it on loopback or behind a proxy with TLS.',
  ),
  'console.port': row(port, 8844, 'Port of the console.'),
  'console.user': row(text, 'waspglass', 'User that the collector runs as; made when missing.'),

  'evidence.directory': row(optionalPath, '', 'Mounted share to which finished captures are copied; "" for none.'),
  'evidence.smb_share': row(
    text,
    '',
    'SMB share such as //server/evidence to which finished captures are copied; "" for none.',
  ),
  'evidence.smb_credentials': row(
    optionalPath,
    '',
    'File with username, password and domain as smbclient -A reads it, mode 0600.',
  ),
  'evidence.smb_port': row(port, 445, 'Port of the SMB server.'),
  'evidence.encrypt': row(flag, true, 'Require SMB 3 encryption.'),
  'evidence.smb_mode': row(
    choice(['readback', 'drop']),
    'readback',
    'readback: each copy is read again and hashed; drop: for shares that only let files be added (waspglass share init).',
  ),
  'evidence.receipts': row(
    text,
    '',
    'Where waspglass verify leaves its receipts, a directory or //server/share; files are then freed on receipt only. "" for none.',
  ),
  'evidence.require_mount': row(
    choice(['auto', 'yes', 'no']),
    'auto',
    'Whether evidence.directory must be on a mounted share; auto: when /etc/fstab mounts it, or when it is below /mnt or /media.',
  ),
  'evidence.piece_ms': row(
    integer(0, 3_600_000, 'ms'),
    2000,
    'While something is shipped, what was added to the capture leaves as a piece this often; 0: whole captures only.',
  ),
  'evidence.spool_mib': row(
    integer(1, 100_000_000, 'MiB'),
    10_240,
    'Above this, captures that are safe on the share are deleted here, oldest first.',
  ),
  'evidence.spool_hard_mib': row(
    integer(1, 100_000_000, 'MiB'),
    40_960,
    'Above this, the oldest captures are deleted although they are not safe; the chain of seals says so.',
  ),
} as const satisfies Record<string, Option<never> | Option<unknown>>;

export type OptionName = keyof typeof options;
/** All options by name, with defaults filled in. */
export type Config = { readonly [K in OptionName]: (typeof options)[K] extends Option<infer T> ? T : never };
