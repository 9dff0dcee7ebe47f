/** What our own reading knows of each event of a capture, by its number: rules about single lines decide from it. */
import { Inspector } from '@waspglass/inspect';

const fields = [
  'evt.type',
  'evt.args',
  'fd.typechar',
  'fd.name',
  'fd.type',
  'proc.sid',
  'proc.pid',
  'proc.vpid',
] as const;
const UNIT = '\x1f';

export type EventFacts = { readonly [K in (typeof fields)[number]]: string };

const tables = new Map<string, Promise<EventTable>>();

export class EventTable {
  private readonly events = new Map<string, EventFacts>();

  /** The table of a capture, made once; `enter`: with the numbers of sysdig 0.29.3. */
  static of(file: string, enter: boolean): Promise<EventTable> {
    const key = `${file} ${enter}`;
    const known = tables.get(key) ?? EventTable.read(file, enter);
    tables.set(key, known);
    return known;
  }

  private static async read(file: string, enter: boolean): Promise<EventTable> {
    const table = new EventTable();
    const inspector = new Inspector({ enter });
    const format = inspector.compileFormat(`*%evt.num${UNIT}${fields.map((name) => `%${name}`).join(UNIT)}`);
    inspector.subscribe({
      onEvent: (c) => {
        const [num = '', ...values] = (format(c) ?? '').split(UNIT);
        table.events.set(num, Object.fromEntries(fields.map((name, i) => [name, values[i] ?? ''])) as EventFacts);
      },
    });
    // Captures that are damaged on purpose tell what comes before.
    await inspector.readFiles([file]).catch(() => undefined);
    return table;
  }

  /** The event whose number begins a line. */
  event(line: string): EventFacts | undefined {
    const num = /^(\d+)[ |]/.exec(line)?.[1];
    return num === undefined ? undefined : this.events.get(num);
  }
}
