/** `fdlist.*`: the descriptors that a poll waits for, each list in one text. */
import type { Field, FieldTable } from '@waspglass/lang';
import { F, FD_TYPE_MASK, fdFlag, fdType } from '@waspglass/state';
import type { EventContext } from './context.hot.ts';

const LIMIT = 1024;
const ENTRY = 10;

/** Texts of the list's descriptors, for those that have one; null when the event has no list. */
function texts(c: EventContext, text: (c: EventContext, fd: number, entry: number) => string | null): string | null {
  const i = c.params.findIndex((param) => param.type === 'FDLIST');
  const length = i < 0 ? -1 : c.ev.len(i);
  if (length < 2 || c.state.thread === 0) return null;
  const { view } = c.ev;
  const at = c.ev.off(i);
  const count = Math.min(view.getUint16(at, true), Math.floor((length - 2) / ENTRY), LIMIT);
  const table = c.state.table(c.state.thread);
  const out: string[] = [];
  for (let n = 0; n < count; n++) {
    const fd = view.getInt32(at + 2 + ENTRY * n, true);
    const found = text(c, fd, c.state.descriptors.find(table, fd));
    if (found !== null) out.push(found);
  }
  return out.length === 0 ? null : out.join(',');
}

function listField(
  doc: string,
  text: (c: EventContext, fd: number, entry: number) => string | null,
): Field<EventContext> {
  return {
    type: 'CHARBUF',
    kind: 'str',
    doc,
    when: (t) => t.params.some((param) => param.type === 'FDLIST'),
    get: (c) => texts(c, text),
  };
}

/** Whether a descriptor is an internet socket of which the client's (or server's) end is known. */
function hasEnd(c: EventContext, entry: number, flags: number): boolean {
  const kind = entry === 0 ? 0 : (c.state.descriptors.entries[entry + F.kind] ?? 0);
  const type = kind & FD_TYPE_MASK;
  return (type === fdType.ipv4 || type === fdType.ipv6) && (kind & flags) !== 0;
}

const column = (c: EventContext, entry: number, at: number): number => c.state.descriptors.entries[entry + at] ?? 0;
const address = (c: EventContext, entry: number, at: number): string =>
  c.state.symbols.text(c.texts.address(column(c, entry, at)));
const isConnected = (c: EventContext, entry: number): boolean => hasEnd(c, entry, fdFlag.connected);
const hasServer = (c: EventContext, entry: number): boolean => hasEnd(c, entry, fdFlag.connected | fdFlag.bound);

export const fdListFields: FieldTable<EventContext> = {
  'fdlist.nums': listField('Numbers of the descriptors that are waited for.', (_, fd) => String(fd)),
  'fdlist.names': listField('Their names.', (c, _, entry) =>
    entry === 0 ? null : c.state.symbols.text(c.texts.fdName(entry)),
  ),
  'fdlist.cips': listField('Addresses of their clients.', (c, _, entry) =>
    isConnected(c, entry) ? address(c, entry, F.source) : null,
  ),
  'fdlist.sips': listField('Addresses of their servers.', (c, _, entry) =>
    hasServer(c, entry) ? address(c, entry, F.destination) : null,
  ),
  'fdlist.cports': listField('Ports of their clients.', (c, _, entry) =>
    isConnected(c, entry) ? String(column(c, entry, F.ports) & 0xffff) : null,
  ),
  'fdlist.sports': listField('Ports of their servers.', (c, _, entry) =>
    hasServer(c, entry) ? String(column(c, entry, F.ports) >>> 16) : null,
  ),
};
