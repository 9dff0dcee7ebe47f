/** `evt.count.*`, `evt.buflen.*`: 1, or a length, for events of a kind, to add up; no value for others. */
import type { Field, FieldTable } from '@waspglass/lang';
import { type EventType, eventId } from '@waspglass/schema';
import type { EventContext } from './context.hot.ts';
import { categoryName, isTransfer, opens, readsFd, writesFd } from './event-types.ts';
import { fdCategory } from './fd-types.ts';
import { hasResult, result } from './results.ts';

const NONE = Number.NaN;

/** What an event works on, for counting errors. */
function subject(c: EventContext): string {
  const { state, type } = c;
  const kind = state.fd === 0 ? 'other' : fdCategory(state.fdKind(state.fd));
  if (kind === 'file' || kind === 'net' || type === undefined) return kind;
  if (opens(type)) return 'file';
  const category = categoryName(type);
  return category === 'net' || category === 'memory' ? category : 'other';
}

const isFailed = (c: EventContext): boolean => result(c) < 0;

function errors(doc: string, kind: string): Field<EventContext> {
  return {
    type: 'UINT32',
    kind: 'num',
    doc,
    when: hasResult,
    get: (c) => (isFailed(c) && subject(c) === kind ? 1 : NONE),
  };
}

/** Bytes that the call moved; NaN when it failed, and when nobody knows its descriptor. */
function moved(c: EventContext): number {
  if (c.type === undefined || !isTransfer(c.type) || c.state.fd === 0) return NONE;
  const bytes = result(c);
  return bytes >= 0 ? bytes : NONE;
}

function lengthOf(doc: string, direction: (t: EventType) => boolean, kind?: 'file' | 'net'): Field<EventContext> {
  return {
    type: 'UINT64',
    kind: 'num',
    doc,
    when: direction,
    get: (c) => {
      if (c.type === undefined || !direction(c.type)) return NONE;
      if (kind === undefined) return moved(c);
      const { state } = c;
      return state.fd !== 0 && fdCategory(state.fdKind(state.fd)) === kind ? moved(c) : NONE;
    },
  };
}

const either = (t: EventType): boolean => readsFd(t) || writesFd(t);
const isProcinfo = (c: EventContext): boolean => c.typeId === eventId.PROCINFO_E;

export const eventCountFields: FieldTable<EventContext> = {
  'evt.count': { type: 'UINT32', kind: 'num', doc: 'Always 1.', get: () => 1 },
  'evt.count.error': {
    type: 'UINT32',
    kind: 'num',
    doc: '1 for calls that failed.',
    when: hasResult,
    get: (c) => (isFailed(c) ? 1 : NONE),
  },
  'evt.count.error.file': errors('1 for failed work on files.', 'file'),
  'evt.count.error.net': errors('1 for failed work on the network.', 'net'),
  'evt.count.error.memory': errors('1 for failed work on memory.', 'memory'),
  'evt.count.error.other': errors('1 for other failed calls.', 'other'),
  'evt.count.exit': { type: 'UINT32', kind: 'num', doc: '1 for exit events.', get: (c) => (c.typeId & 1 ? 1 : NONE) },
  'evt.count.procinfo': {
    type: 'UINT32',
    kind: 'num',
    doc: '1 for samples of a process.',
    get: (c) => (isProcinfo(c) && c.state.thread !== 0 && c.state.thread === c.main ? 1 : NONE),
  },
  'evt.count.threadinfo': {
    type: 'UINT32',
    kind: 'num',
    doc: '1 for samples of a thread.',
    get: (c) => (isProcinfo(c) ? 1 : NONE),
  },
  'evt.buflen': {
    type: 'UINT64',
    kind: 'num',
    doc: 'Bytes that were read or written, also where the capture holds fewer of them.',
    when: isTransfer,
    get: moved,
  },
  'evt.buflen.in': lengthOf('Length of what was read.', readsFd),
  'evt.buflen.out': lengthOf('Length of what was written.', writesFd),
  'evt.buflen.file': lengthOf('Length of what was read from or written to files.', either, 'file'),
  'evt.buflen.file.in': lengthOf('Length of what was read from files.', readsFd, 'file'),
  'evt.buflen.file.out': lengthOf('Length of what was written to files.', writesFd, 'file'),
  'evt.buflen.net': lengthOf('Length of what went through the network.', either, 'net'),
  'evt.buflen.net.in': lengthOf('Length of what came from the network.', readsFd, 'net'),
  'evt.buflen.net.out': lengthOf('Length of what went to the network.', writesFd, 'net'),
};
