/**
 * `read -w`: the events that pass the filter as a capture of their own, which stands alone: it begins with the machine's
 * processes, descriptors and users as they are at the first event. Events that the filter leaves out but that change
 * descriptors or processes are written too, marked as being there for that alone. Events are written in today's form, an
 * old pair of enter and exit event as one, or as the file has them. A name in `.gz` is compressed.
 */
import { once } from 'node:events';
import { createWriteStream, existsSync, realpathSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type EventContext, type Inspector, STATE_ONLY } from '@waspglass/inspect';
import { messageOf } from '@waspglass/kit';
import {
  concat,
  EventEncoder,
  encodeDescriptors,
  encodeInterfaces,
  encodeMachine,
  encodeProcesses,
  encodeSection,
  encodeUsers,
} from '@waspglass/scap';
import { eventFlag, eventTypes } from '@waspglass/schema';
import { snapshot } from '@waspglass/state';
import { fail } from './errors.ts';
import { isRelated } from './related.ts';

const FLUSH_BYTES = 1 << 20;
const CHANGES = eventFlag.MODIFIES_STATE | eventFlag.CREATES_FD | eventFlag.DESTROYS_FD;

/** Numbers of the event types that change processes, descriptors or users. */
export const stateTypes: readonly number[] = eventTypes.filter((t) => (t.flags & CHANGES) !== 0).map((t) => t.id);

export interface WriterOptions {
  /** The files that are read: the output must be none of them. */
  readonly inputs: readonly string[];
  /** Missing: when the name ends in .gz. */
  readonly compress?: boolean;
  /** No lists of users and groups. */
  readonly withoutUsers?: boolean;
  /** Events as they are in the file, enter events too. */
  readonly asRecorded?: boolean;
  /** Ids of the processes to which lists and events that only change something are limited. */
  readonly related?: ReadonlySet<number> | undefined;
}

export class CaptureWriter {
  private readonly path: string;
  private readonly inspector: Inspector;
  private readonly encoder = new EventEncoder({ flags: true });
  private readonly input = new PassThrough();
  private readonly done: Promise<void>;
  private chunks: Uint8Array[] = [];
  private begun = false;
  private last = -1;
  private tail: Promise<void> = Promise.resolve();
  private failure: unknown;

  private readonly options: WriterOptions;

  constructor(path: string, inspector: Inspector, options: WriterOptions) {
    const { inputs, compress } = options;
    this.path = path;
    this.inspector = inspector;
    this.options = options;
    if (existsSync(path) && inputs.some((input) => existsSync(input) && realpathSync(input) === realpathSync(path))) {
      throw fail('WG_READ_ONTO_INPUT', {}, { at: { file: path } });
    }
    const file = createWriteStream(path);
    const written =
      (compress ?? path.endsWith('.gz')) ? pipeline(this.input, createGzip(), file) : pipeline(this.input, file);
    this.done = written.catch(this.failed);
  }

  private readonly failed = (error: unknown): void => {
    this.failure ??= error;
    this.inspector.stop();
  };

  /** Writes an event that passed the filter. */
  add(c: EventContext): void {
    this.last = this.inspector.events;
    this.write(c, 0);
  }

  /** Writes an event for what it changes, unless `add` has just had it. */
  addState(c: EventContext): void {
    const { related } = this.options;
    if (this.inspector.events === this.last) return;
    if (related === undefined || isRelated(this.inspector, related, c.ev.tid)) this.write(c, STATE_ONLY);
  }

  private write(c: EventContext, flags: number): void {
    if (!this.begun) this.begin();
    const { encoder, inspector, options } = this;
    const ev = options.asRecorded === true ? (inspector.cursor ?? c.ev) : c.ev;
    encoder.begin(ev.type, ev.timeLow, ev.timeHigh, ev.tid, ev.cpu, ev.nparams, flags);
    for (let i = 0; i < ev.nparams; i++) encoder.bytes(ev.u8, ev.off(i), ev.len(i));
    encoder.end();
    if (encoder.length >= FLUSH_BYTES) this.chunks.push(encoder.take());
  }

  /** Resolves when the file has taken everything so far; never fails (`close` does). */
  flush(): Promise<void> {
    if (this.encoder.length > 0) this.chunks.push(this.encoder.take());
    this.tail = this.tail.then(() => this.hand());
    return this.tail;
  }

  /** Completes the file; without any event it holds the lists. Throws what went wrong with it. */
  async close(): Promise<void> {
    if (!this.begun) this.begin();
    await this.flush();
    this.input.end();
    await this.done;
    const cause = this.failure;
    if (cause === undefined) return;
    throw fail('WG_READ_OUTPUT', { reason: messageOf(cause) }, { at: { file: this.path }, cause });
  }

  private async hand(): Promise<void> {
    for (const chunk of this.chunks.splice(0)) {
      if (this.failure !== undefined) return;
      if (!this.input.write(chunk)) await Promise.race([once(this.input, 'drain'), this.done]).catch(this.failed);
    }
  }

  private begin(): void {
    this.begun = true;
    const { state, machine, interfaces } = this.inspector;
    const { related } = this.options;
    const now = snapshot(state);
    const isListed = (tid: number, pid = tid) => related === undefined || related.has(tid) || related.has(pid);
    const processes = now.processes.filter(({ tid, pid }) => isListed(tid, pid));
    const pids = new Map(processes.map(({ tid, pid }) => [tid, pid]));
    const lists = [
      encodeSection(),
      ...(machine === undefined ? [] : [encodeMachine(machine)]),
      encodeInterfaces(interfaces),
      encodeProcesses(processes),
      ...now.descriptors
        .filter(({ tid }) => isListed(tid, pids.get(tid)))
        .map(({ tid, entries }) => encodeDescriptors(tid, entries)),
      ...(this.options.withoutUsers === true ? [] : [encodeUsers(now.users, now.groups)]),
    ];
    this.chunks.push(concat(lists));
  }
}
