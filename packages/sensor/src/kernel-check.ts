/**
 * Everything that the sensor needs or likes of this kernel, one row each: what was found, and what to do when it is not
 * there. Nothing is attached; the programs are loaded once, since only the kernel's verifier can say whether it takes them.
 */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { messageOf } from '@waspglass/kit';
import { defaultObjectPath } from './build.ts';
import { Probes } from './libbpf.ts';
import { preflight } from './preflight.ts';
import { readProcText } from './proc-files.ts';
import { possibleProcessors } from './processors.ts';
import { CONFIG_SIZE } from './record.gen.ts';

export interface KernelCheck {
  readonly name: string;
  readonly ok: boolean;
  /** Without it the sensor cannot run; the others make it slower or blinder. */
  readonly needed: boolean;
  readonly found: string;
  /** What to do when it is not ok. */
  readonly hint: string;
}

const OLDEST = [5, 11] as const;
const RING = 64 * 1024;
const BTF = '/sys/kernel/btf/vmlinux';

/** Tracepoints and helpers by the names that BTF has for them. */
const FEATURES: readonly (readonly [name: string, symbol: string, hint: string])[] = [
  [
    'end of system calls',
    'btf_trace_sys_exit',
    'use a kernel built with CONFIG_TRACEPOINTS and CONFIG_HAVE_SYSCALL_TRACEPOINTS',
  ],
  ['forks', 'btf_trace_sched_process_fork', 'use a kernel built with CONFIG_TRACEPOINTS'],
  ['execs', 'btf_trace_sched_process_exec', 'use a kernel built with CONFIG_TRACEPOINTS'],
  ['exits', 'btf_trace_sched_process_exit', 'use a kernel built with CONFIG_TRACEPOINTS'],
  ['signals', 'btf_trace_signal_deliver', 'use a kernel built with CONFIG_TRACEPOINTS'],
  ['ring buffer', 'bpf_ringbuf_output', 'use a kernel of 5.8 or later'],
];

export function checkKernel(objectPath: string = defaultObjectPath): KernelCheck[] {
  const basic = preflight(objectPath).map(
    ({ name, ok, hint }): KernelCheck => ({ name, ok, needed: true, found: ok ? 'there' : 'missing', hint }),
  );
  const canLoad = basic.every(({ ok }) => ok);
  return [version(), ...basic, ...features(), lockdown(), load(objectPath, canLoad), compiler(), requestRings()];
}

function version(): KernelCheck {
  const [major = 0, minor = 0] = os
    .release()
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return {
    name: 'kernel',
    ok: major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]),
    needed: true,
    found: os.release(),
    hint: `a kernel of ${OLDEST.join('.')} or later is needed`,
  };
}

function features(): KernelCheck[] {
  const types = bytesOf(BTF);
  return FEATURES.map(([name, symbol, hint]) => {
    const ok = types?.includes(`${symbol}\0`, 0, 'latin1') === true;
    return { name, ok, needed: true, found: ok ? symbol : 'not in the types of the kernel', hint };
  });
}

function bytesOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

function lockdown(): KernelCheck {
  const mode = /\[(\w+)\]/.exec(readProcText('/sys/kernel/security/lockdown') ?? '')?.[1] ?? 'none';
  return {
    name: 'lockdown',
    ok: mode !== 'confidentiality',
    needed: true,
    found: mode,
    hint: 'start the kernel without lockdown=confidentiality: it forbids BPF programs to read memory',
  };
}

function load(objectPath: string, canLoad: boolean): KernelCheck {
  const row = { name: 'programs', needed: true, hint: 'send what was found and the kernel version to the makers' };
  if (!canLoad) return { ...row, ok: false, found: 'not tried', hint: 'see the rows above' };
  try {
    const config = new Uint8Array(CONFIG_SIZE);
    const processors = possibleProcessors();
    new Probes({ objectPath, config, firstBytes: RING, bulkBytes: RING, processors }).close();
    return { ...row, ok: true, found: 'the kernel takes them' };
  } catch (error) {
    return { ...row, ok: false, found: messageOf(error) };
  }
}

function compiler(): KernelCheck {
  const value = (readProcText('/proc/sys/net/core/bpf_jit_enable') ?? '1').trim();
  return {
    name: 'compiler of BPF',
    ok: value !== '0',
    needed: false,
    found: value === '0' ? 'off' : 'on',
    hint: 'sysctl net.core.bpf_jit_enable=1: interpreted programs cost the victim several times as much',
  };
}

/** Work that a ring of requests does makes no calls; the kernel can forbid it. */
function requestRings(): KernelCheck {
  const value = readProcText('/proc/sys/kernel/io_uring_disabled')?.trim();
  return {
    name: 'io_uring',
    ok: value === undefined || value !== '0',
    needed: false,
    found: value === undefined ? 'cannot be forbidden' : value === '0' ? 'allowed' : 'forbidden',
    hint: 'sysctl kernel.io_uring_disabled=2: what it does cannot be recorded, only its set-up',
  };
}
