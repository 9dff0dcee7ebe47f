/** What the sensor needs of a machine, checked before anything is started. */
import { existsSync } from 'node:fs';
import { defaultObjectPath } from './build.ts';
import { libbpfProblem } from './libbpf.ts';
import { readStatus } from './proc-files.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What to do when it is not ok. */
  readonly hint: string;
}

const CAP_SYS_ADMIN = 21n;
const CAP_PERFMON = 38n;
const CAP_BPF = 39n;

export function preflight(objectPath: string = defaultObjectPath): Check[] {
  const libbpf = libbpfProblem();
  return [
    {
      name: 'processor',
      ok: process.arch === 'x64' || process.arch === 'arm64',
      hint: `the probes exist for x86-64 and arm64, not for ${process.arch}`,
    },
    { name: 'capabilities', ok: mayLoad(), hint: 'run as root, or with CAP_BPF and CAP_PERFMON' },
    {
      name: 'BTF',
      ok: existsSync('/sys/kernel/btf/vmlinux'),
      hint: 'the kernel has no /sys/kernel/btf/vmlinux: use one built with CONFIG_DEBUG_INFO_BTF (as Debian builds them)',
    },
    { name: 'libbpf', ok: libbpf === undefined, hint: libbpf ?? '' },
    {
      name: 'probes',
      ok: existsSync(objectPath),
      hint: 'not built yet: apt-get install clang libbpf-dev, then start again',
    },
  ];
}

function mayLoad(): boolean {
  const effective = BigInt(`0x${readStatus('/proc/self').get('CapEff') ?? '0'}`);
  const has = (bit: bigint) => ((effective >> bit) & 1n) === 1n;
  return has(CAP_SYS_ADMIN) || (has(CAP_BPF) && has(CAP_PERFMON));
}
