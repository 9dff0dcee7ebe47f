/**
 * What `read` prints for each event: a line of text or of JSON, in the default form or that of -p. Which events are
 * shown: every exit of a system call and what has no exit (a switch, a signal, the end of a process, a new container);
 * what the recorder wrote about itself is not shown, entering a call only with --enter.
 */

import { stringifyJson } from '@waspglass/format';
import type { EventContext, Inspector } from '@waspglass/inspect';
import { type EventType, eventFlag, eventId, eventTypes, isEnter } from '@waspglass/schema';
import type { LineOutput } from './line-output.ts';
import type { ReadOptions } from './options.ts';

const DEFAULT_FORMAT = '*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info';

/** Types that are newer than the table: a subscription to the last number here takes all numbers behind it too. */
const newerTypes = Array.from({ length: 1024 - eventTypes.length }, (_, i) => eventTypes.length + i);

/** Numbers of the event types that are shown. */
export function shownTypes(enter: boolean): number[] {
  const known = eventTypes.filter((type) => isShown(type, enter)).map((type) => type.id);
  return [...known, ...newerTypes.filter((id) => enter || !isEnter(id))];
}

function isShown(type: EventType, enter: boolean): boolean {
  if (type.id === eventId.CONTAINER_JSON_E) return true;
  if ((type.flags & eventFlag.UNUSED) !== 0 || type.source === 'METAEVENT' || type.source === 'ITER') return false;
  return enter || !type.enter || type.source !== 'SYSCALL';
}

export type Printer = (c: EventContext) => void;

export function createPrinter(inspector: Inspector, options: ReadOptions, out: LineOutput): Printer {
  const format = options.format ?? DEFAULT_FORMAT;
  if (options.json) {
    const values = inspector.compileValues(format);
    return (c) => {
      if (inspector.listing) return;
      c.tick();
      const record = values(c);
      if (record !== null) out.line(stringifyJson(record));
    };
  }
  const write = inspector.compileLine(format);
  return (c) => {
    if (inspector.listing) return;
    c.tick();
    if (write(c, out.text)) out.end();
  };
}
