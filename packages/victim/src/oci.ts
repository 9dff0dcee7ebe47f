/**
 * The bundle's config.json (OCI runtime specification 1.0): what the victim may do and see. No path of the host is
 * mounted into it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { cgroupName } from './cgroups.ts';
import { seccompProfile } from './seccomp.ts';

export interface Limits {
  /** Processes and threads. */
  readonly processes: number;
  /** Bytes of memory; the same bounds memory and swap together. */
  readonly memory: number;
  /** Per cent of one processor. */
  readonly processor: number;
  /** Bytes on disk, beyond the image. */
  readonly disk: number;
}

export const defaultLimits: Limits = { processes: 512, memory: 2 ** 30, processor: 100, disk: 4 * 2 ** 30 };

/** Bytes per second to and from the disk, each: a victim that does nothing else must leave the recorder its share. */
const DISK_RATE = 100 * 2 ** 20;
const CPU_PERIOD = 100_000;

/** Half of what a process of the host gets when both want the processor: the sensor must keep up. */
const CPU_SHARES = 512;

/**
 * Enough for a machine whose root behaves like one. Left out on purpose: NET_RAW (packets that connection tracking never
 * saw), MKNOD, NET_ADMIN, SYS_ADMIN, SYS_MODULE, SYS_RAWIO, SYS_TIME. SYS_PTRACE and SYS_BOOT act inside the victim's
 * pid namespace only; LINUX_IMMUTABLE because intruders use chattr.
 */
const CAPABILITIES = [
  ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP', 'SETFCAP'],
  ...['NET_BIND_SERVICE', 'SYS_CHROOT', 'AUDIT_WRITE', 'SYS_PTRACE', 'SYS_BOOT', 'LINUX_IMMUTABLE'],
].map((name) => `CAP_${name}`);

/** Writable by user id 0 without any capability, or telling about the host's other processes. */
const READ_ONLY = ['/proc/sys', '/proc/sysrq-trigger', '/proc/irq', '/proc/bus', '/proc/fs'];
const MASKED = ['/proc/timer_list', '/proc/sched_debug', '/proc/latency_stats', '/proc/scsi', '/proc/acpi'];

const MOUNTS: readonly object[] = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev', 'relatime'] },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro', 'relatime'] },
  { destination: '/dev', type: 'tmpfs', source: 'udev', options: ['nosuid', 'mode=755', 'size=65536k'] },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
  },
  { destination: '/run', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'mode=755', 'size=65536k'] },
  { destination: '/dev/shm', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'mode=1777', 'size=65536k'] },
];

export interface BundleOptions {
  readonly instance: string;
  readonly hostname: string;
  readonly rootPath: string;
  readonly limits: Limits;
  /** What the victim's disk is, for the limits of its rates. */
  readonly device: BlockDevice;
}

interface BlockDevice {
  readonly major: number;
  readonly minor: number;
}

/** The content of config.json. */
export function bundleConfig({ instance, hostname, rootPath, limits, device }: BundleOptions): object {
  const capabilities = { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES };
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: ['/sbin/init'],
      env: ['HOME=/', 'TERM=linux', 'PATH=/sbin:/usr/sbin:/bin:/usr/bin'],
      cwd: '/',
      capabilities,
      rlimits: resourceLimits(),
      noNewPrivileges: false,
    },
    root: { path: rootPath, readonly: false },
    hostname,
    mounts: MOUNTS,
    linux: {
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount', ...cgroupNamespace()].map((type) => ({ type })),
      cgroupsPath: `/${cgroupName(instance)}`,
      resources: resources(limits, device),
      sysctl: {
        'net.ipv6.conf.all.disable_ipv6': '1',
        'net.ipv6.conf.default.disable_ipv6': '1',
        'net.ipv4.ping_group_range': '0 2147483647',
      },
      seccomp: seccompProfile(),
      maskedPaths: MASKED.filter((path) => existsSync(path)),
      readonlyPaths: READ_ONLY.filter((path) => existsSync(path)),
    },
  };
}

function resources(limits: Limits, device: BlockDevice): object {
  const rate = [{ ...device, rate: DISK_RATE }];
  const hasSwap = existsSync('/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes') || isUnified();
  return {
    devices: [{ allow: false, access: 'rwm' }],
    pids: { limit: limits.processes },
    memory: { limit: limits.memory, ...(hasSwap ? { swap: limits.memory } : {}) },
    cpu: { shares: CPU_SHARES, period: CPU_PERIOD, quota: (CPU_PERIOD / 100) * limits.processor },
    blockIO: { throttleReadBpsDevice: rate, throttleWriteBpsDevice: rate },
  };
}

function isUnified(): boolean {
  return existsSync('/sys/fs/cgroup/cgroup.controllers');
}

function cgroupNamespace(): string[] {
  return existsSync('/proc/self/ns/cgroup') ? ['cgroup'] : [];
}

/** A hard limit cannot be raised without CAP_SYS_RESOURCE, so ours are capped by what this process has. */
function resourceLimits(): object[] {
  const hard = openFilesLimit();
  return [
    { type: 'RLIMIT_NOFILE', soft: Math.min(1024, hard), hard: Math.min(65_536, hard) },
    { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
  ];
}

function openFilesLimit(): number {
  const match = /^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return match === null ? 1024 : Number(match[1]);
}
