/**
 * The system-call filter: everything is allowed but what reaches the host's kernel beyond a container's needs. One row
 * per group with the reason; capabilities already forbid most of these, the filter makes a hole in either no way out.
 */
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { systemCode } from '@waspglass/kit';

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

interface Denied {
  readonly why: string;
  readonly names: readonly string[];
  readonly errno: number;
}

const denied: readonly Denied[] = [
  {
    why: 'requests through shared rings: not seen as system calls',
    names: ['io_uring_setup', 'io_uring_enter', 'io_uring_register'],
    errno: ENOSYS,
  },
  {
    why: "changes the host's kernel",
    names: ['kexec_load', 'kexec_file_load', 'init_module', 'finit_module', 'create_module', 'delete_module'],
    errno: EPERM,
  },
  {
    why: 'programs inside the kernel; large attack surface',
    names: ['bpf', 'perf_event_open', 'userfaultfd'],
    errno: EPERM,
  },
  {
    why: 'key rings are shared by user id with the host',
    names: ['add_key', 'request_key', 'keyctl'],
    errno: EPERM,
  },
  {
    why: 'mounts',
    names: [
      ...['mount', 'umount', 'umount2', 'pivot_root', 'move_mount', 'mount_setattr'],
      ...['fsopen', 'fsconfig', 'fsmount', 'fspick', 'open_tree'],
    ],
    errno: EPERM,
  },
  { why: 'opens files by handle, past the mount namespace', names: ['open_by_handle_at'], errno: EPERM },
  { why: 'other namespaces; a user namespace would hand out capabilities', names: ['setns', 'unshare'], errno: EPERM },
  {
    why: "the host's clock, accounting, swap, ports, log",
    names: [
      ...['settimeofday', 'clock_settime', 'clock_adjtime', 'adjtimex', 'stime', 'acct', 'swapon', 'swapoff'],
      ...['quotactl', 'quotactl_fd', 'iopl', 'ioperm', 'syslog', 'lookup_dcookie', 'nfsservctl', '_sysctl'],
      ...['uselib', 'ustat', 'sysfs', 'vm86', 'vm86old', 'kcmp', 'fanotify_init', 'vhangup'],
    ],
    errno: EPERM,
  },
];

/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK; the others are refused, AF_VSOCK (a way to the hypervisor) among them. */
const FAMILIES = [1, 2, 10, 16] as const;
const CLONE_NEW_NAMESPACES = [0x10000000, 0x20000, 0x40000000, 0x20000000, 0x4000000, 0x8000000, 0x2000000] as const;

interface Rule {
  readonly names: readonly string[];
  readonly action: 'SCMP_ACT_ERRNO';
  readonly errnoRet: number;
  readonly args?: readonly { index: number; value: number; valueTwo?: number; op: string }[];
}

/** The `linux.seccomp` of the bundle. */
export function seccompProfile(vsock = vsockReachable()): object {
  const rules: Rule[] = denied.map(({ names, errno }) => ({ names, action: 'SCMP_ACT_ERRNO', errnoRet: errno }));
  rules.push(...socketRules(), ...cloneRules());
  // 32-bit programs hide the family behind a pointer: refused where a hypervisor may listen.
  if (vsock) rules.push({ names: ['socketcall'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS });
  return { defaultAction: 'SCMP_ACT_ALLOW', architectures: architectures(), syscalls: rules };
}

/** One range or value per gap between the allowed families. */
function socketRules(): Rule[] {
  const refuse = (value: number, op: string): Rule => ({
    names: ['socket', 'socketpair'],
    action: 'SCMP_ACT_ERRNO',
    errnoRet: EAFNOSUPPORT,
    args: [{ index: 0, value, op }],
  });
  const rules: Rule[] = [];
  const last = FAMILIES[FAMILIES.length - 1] ?? 0;
  for (let family = 0; family < last; family++) {
    if (!FAMILIES.some((allowed) => allowed === family)) rules.push(refuse(family, 'SCMP_CMP_EQ'));
  }
  rules.push(refuse(last, 'SCMP_CMP_GT'));
  return rules;
}

/** clone with a namespace flag is refused; clone3 hides its flags, so programs are sent to clone. */
function cloneRules(): Rule[] {
  const rules = CLONE_NEW_NAMESPACES.map(
    (flag): Rule => ({
      names: ['clone'],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: EPERM,
      args: [{ index: 0, value: flag, valueTwo: flag, op: 'SCMP_CMP_MASKED_EQ' }],
    }),
  );
  return [...rules, { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS }];
}

function architectures(): string[] {
  return process.arch === 'arm64'
    ? ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']
    : ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'];
}

/** Whether the kernel has vsock sockets or a module for them; assumed when that cannot be told. */
function vsockReachable(): boolean {
  if (/^(AF_)?VSOCK\b/im.test(textOf('/proc/net/protocols') ?? 'VSOCK')) return true;
  const modules = `/lib/modules/${release()}`;
  const lists = [textOf(`${modules}/modules.dep`), textOf(`${modules}/modules.builtin`)];
  return lists.some((list) => list === undefined || list.includes('/vsock.ko'));
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) !== undefined) return undefined;
    throw error;
  }
}
