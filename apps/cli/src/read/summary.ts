/** What `read -S` prints at the end: how often each event type occurred, most frequent first. */
import type { EventContext } from '@waspglass/inspect';

const RULE = '-'.repeat(22);
const HEADING = 16;
const COLUMN = 18;

export class Summary {
  private readonly counts = new Map<string, { readonly name: string; readonly type: number; count: number }>();
  private readonly name: (c: EventContext) => string | null;

  /** `name`: direction and name of an event. */
  constructor(name: (c: EventContext) => string | null) {
    this.name = name;
  }

  add(c: EventContext): void {
    const name = this.name(c) ?? '';
    const key = `${c.typeId} ${name}`;
    const known = this.counts.get(key);
    if (known === undefined) this.counts.set(key, { name, count: 1, type: c.typeId });
    else known.count++;
  }

  lines(): string[] {
    const rows = [...this.counts.values()].toSorted((a, b) => b.count - a.count || a.type - b.type);
    const shown = rows.map(({ name, count }) => `${name.padEnd(COLUMN)}${count}`);
    return [RULE, `${'Event'.padEnd(HEADING)}#Calls`, RULE, ...shown];
  }
}
