/**
 * A victim for system tests: a process tree in pid and mount namespaces of its own that runs a shell script when told to,
 * the sensor around it, and the capture that comes out.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { waitFor } from '@waspglass/kit';
import {
  concat,
  encodeDescriptors,
  encodeInterfaces,
  encodeMachine,
  encodeProcesses,
  encodeSection,
  encodeUsers,
} from '@waspglass/scap';
import {
  buildObject,
  type Counters,
  type Dialect,
  type FullData,
  preflight,
  type Sensor,
  startSensor,
} from '../src/index.ts';
import { readEvents, type SeenEvent } from './records.ts';

/** Why a system test cannot run here; false when it can. */
export function cannotRun(): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  if (!existsSync('/sys/kernel/btf/vmlinux')) return 'the kernel has no BTF';
  buildObject(testObject);
  return (
    preflight(testObject)
      .filter(({ ok }) => !ok)
      .map(({ hint }) => hint)
      .join('; ') || false
  );
}

export const testDirectory = mkdtempSync(path.join(os.tmpdir(), 'waspglass-sensor-'));
export const testObject = path.join(testDirectory, 'sensor.bpf.o');
process.on('exit', () => rmSync(testDirectory, { recursive: true, force: true }));

export class Victim {
  /** The first process inside, as the host numbers it. */
  readonly initPid: number;
  private readonly child: ChildProcess;
  private readonly exited: Promise<number | null>;

  private constructor(child: ChildProcess, initPid: number) {
    this.child = child;
    this.initPid = initPid;
    this.exited = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  }

  /** Runs `script` in a shell, once `go` is called. */
  static async start(script: string): Promise<Victim> {
    const namespaces = ['--pid', '--mount', '--net', '--fork', '--kill-child', '--mount-proc'];
    const child = spawn('unshare', [...namespaces, 'sh', '-c', `read go; ${script}`], {
      cwd: testDirectory,
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const initPid = await waitFor(() => firstShell(child.pid), {
      limit: 5000,
      what: 'the first process of the victim',
    });
    return new Victim(child, initPid);
  }

  go(): void {
    this.child.stdin?.write('\n');
  }

  ended(): Promise<number | null> {
    return this.exited;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

/** The child of `unshare`, when it has become the shell. */
function firstShell(parent: number | undefined): number | undefined {
  try {
    const child = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim();
    return child !== '' && readFileSync(`/proc/${child}/comm`, 'utf8') === 'sh\n' ? Number(child) : undefined;
  } catch {
    return undefined;
  }
}

export interface Recording {
  readonly events: readonly SeenEvent[];
  readonly counters: Counters;
  /** A whole capture file. */
  readonly file: string;
  readonly chunkEvents: number;
}

export interface RecordOptions {
  readonly ringBytes?: number;
  readonly snapLength?: number;
  readonly fullData?: FullData;
  readonly dialect?: Dialect;
  /** Runs while the victim waits, after the sensor has started. */
  readonly before?: (victim: Victim, sensor: Sensor) => Promise<void>;
}

let recordings = 0;

/** Records a victim from before its script begins until it has ended. */
export async function recordVictim(script: string, options: RecordOptions = {}): Promise<Recording> {
  const victim = await Victim.start(script);
  const chunks: Uint8Array[] = [];
  const errors: Error[] = [];
  let chunkEvents = 0;
  let sensor: Sensor | undefined;
  try {
    const { before, ...settings } = options;
    sensor = await startSensor({
      ...settings,
      objectPath: testObject,
      victim: { initPid: victim.initPid },
      onChunk({ data, events }) {
        chunks.push(data.slice());
        chunkEvents += events;
      },
      onError: (error) => errors.push(error),
    });
    await before?.(victim, sensor);
    victim.go();
    await victim.ended();
    const counters = await sensor.stop();
    if (errors[0] !== undefined) throw errors[0];
    const file = path.join(testDirectory, `${++recordings}.scap`);
    writeFileSync(file, concat([...header(sensor), ...chunks]));
    return { events: readEvents(concat(chunks)), counters, file, chunkEvents };
  } finally {
    victim.kill();
    await sensor?.stop();
  }
}

function header({ snapshot }: Sensor): Uint8Array[] {
  return [
    encodeSection(),
    encodeMachine(snapshot.machine),
    encodeProcesses(snapshot.processes),
    ...[...snapshot.descriptors].map(([tid, list]) => encodeDescriptors(tid, list)),
    encodeInterfaces(snapshot.interfaces),
    encodeUsers(snapshot.users, snapshot.groups),
  ];
}
