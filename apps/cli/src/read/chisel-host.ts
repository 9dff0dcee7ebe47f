/**
 * Runs chisels over an inspector: adds the user's filter to each subscription, renders data as the user asked, walks
 * through the state's threads and descriptors, and keeps what chisels want to have saved.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ChiselHost } from '@waspglass/chisels';
import type { EventContext, EventFilter, Inspector } from '@waspglass/inspect';
import { messageOf } from '@waspglass/kit';
import { EventCursor } from '@waspglass/scap';
import { eventId } from '@waspglass/schema';
import { T, THREAD_WIDTH, threadFlag } from '@waspglass/state';
import { fail } from './errors.ts';
import { shownTypes } from './printers.ts';

/** Events that a chisel wants to have in a capture of their own: found in a second reading. */
export interface Save {
  readonly path: string;
  readonly wanted: (host: ChiselHost<EventContext>) => (c: EventContext) => boolean;
}

type Host = ChiselHost<EventContext>;
type OnContext = (c: EventContext) => void;

export function chiselHost(inspector: Inspector, filter: EventFilter | undefined, saves: Save[]): Host {
  const types = shownTypes(false);
  return {
    subscribe: (own, onEvent) => {
      if (own === '') inspector.subscribe({ filter, types, onEvent });
      else inspector.subscribe({ filter: inspector.compileFilter(own), and: filter, onEvent });
    },
    text: (template) => inspector.compileFormat(template),
    number: (field) => inspector.compileNumber(field),
    data: (asText) => inspector.compileData(asText),
    bytes: () => inspector.compileBytes(),
    threads: (own) => {
      const test = tableTest(inspector, own);
      return (onThread) => eachThread(inspector, (c) => test(c) && onThread(c));
    },
    descriptors: (own) => {
      const test = tableTest(inspector, own);
      return (onDescriptor) => eachDescriptor(inspector, (c) => test(c) && onDescriptor(c));
    },
    stop: () => inspector.stop(),
    save: (path, wanted) => void saves.push({ path, wanted }),
    append,
  };
}

function append(path: string, bytes: Uint8Array): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, bytes);
  } catch (cause) {
    throw fail('WG_READ_OUTPUT', { reason: messageOf(cause) }, { at: { file: path }, cause });
  }
}

/** Threads and descriptors are looked at as if a read of the descriptor had just ended. */
const AS_TYPE = eventId.SYSCALL_READ_X;

function tableTest(inspector: Inspector, filter: string): (c: EventContext) => boolean {
  if (filter === '') return () => true;
  return inspector.compileFilter(filter).byType(AS_TYPE) ?? (() => false);
}

/** Points the context to each thread in turn, by process and thread id, and back to the event. */
function eachThread(inspector: Inspector, visit: OnContext): void {
  const { context, state } = inspector;
  const rows = state.threads.rows;
  const before = { ev: context.ev, thread: state.thread, fd: state.fd, fdNum: state.fdNum, hasFd: state.hasFd };
  const found: number[] = [];
  for (let row = 1; row < state.threads.end; row++) {
    const hidden = threadFlag.invalid | threadFlag.dead;
    const b = row * THREAD_WIDTH;
    if (rows[b + T.used] !== 0 && ((rows[b + T.flags] ?? 0) & hidden) === 0) found.push(row);
  }
  const column = (row: number, at: number) => rows[row * THREAD_WIDTH + at] ?? 0;
  found.sort((a, b) => column(a, T.pid) - column(b, T.pid) || column(a, T.tid) - column(b, T.tid));
  const cursor = new EventCursor(new ArrayBuffer(64));
  cursor.type = AS_TYPE;
  context.ev = cursor;
  for (const row of found) {
    cursor.tid = column(row, T.tid);
    Object.assign(state, { thread: row, fd: 0, fdNum: -1, hasFd: false });
    visit(context);
  }
  const { ev, ...place } = before;
  context.ev = ev;
  Object.assign(state, place);
}

function eachDescriptor(inspector: Inspector, visit: OnContext): void {
  const { state } = inspector;
  eachThread(inspector, (c) => {
    const { thread } = state;
    const table = state.table(thread);
    if (table === 0) return;
    const end = state.descriptors.capacity(table);
    for (let fd = 0; fd < end; fd++) {
      const entry = state.descriptors.find(table, fd);
      if (entry === 0) continue;
      Object.assign(state, { fd: entry, fdNum: fd, hasFd: true });
      visit(c);
    }
  });
}
