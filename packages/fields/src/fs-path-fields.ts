/** `fs.path.*`: the paths that a file system call works on, resolved and as they were given. */
import type { Field, FieldTable } from '@waspglass/lang';
import { type EventType, eventTypes } from '@waspglass/schema';
import type { EventContext } from './context.hot.ts';
import { directoryOf } from './param-text.ts';

type Role = 'name' | 'source' | 'target';

/** Parameters that hold each role's path, in order of preference. */
const NAMES: Readonly<Record<Role, readonly string[]>> = {
  name: ['name', 'path', 'filename', 'pathname', 'dir'],
  source: ['oldpath', 'linkpath', 'dev'],
  target: ['newpath', 'target', 'dir'],
};

/** System calls whose `target` is the file that the new link points to. */
const LINKS: readonly string[] = ['symlink', 'symlinkat'];

/** Index of the parameter with a role's path per event type, -1 when it has none. */
function indexOf(role: Role): Int8Array {
  return Int8Array.from(eventTypes, (t) => {
    if (t.enter || t.source !== 'SYSCALL' || t.category !== 'FILE') return -1;
    if (role === 'name' && t.params.some((p) => p.name === 'oldpath' || p.name === 'linkpath')) return -1;
    if (role === 'source' && !t.params.some((p) => p.name === 'oldpath') && !LINKS.includes(t.name)) return -1;
    for (const name of NAMES[role]) {
      const i = t.params.findIndex((p) => p.name === name);
      if (i >= 0) return i;
    }
    return -1;
  });
}

/** A field with the resolved path, or with the path as it was given. */
function pathField(doc: string, role: Role, raw: boolean): Field<EventContext> {
  const indices = indexOf(role);
  const directories = eventTypes.map((t) => {
    const param = t.params[indices[t.id] ?? -1];
    return param === undefined ? undefined : directoryOf(param);
  });
  return {
    type: 'CHARBUF',
    kind: 'sym',
    doc,
    when: (t: EventType) => (indices[t.id] ?? -1) >= 0,
    get: (c) => {
      const type = c.typeId;
      const directory = directories[type];
      if (directory === undefined) return 0;
      const i = indices[type] ?? -1;
      const ev = c.having(i);
      if (ev.len(i) <= 0) return 0;
      return raw ? c.state.text(ev, i) : c.state.path(ev, i, c.state.base(directory(c)));
    },
  };
}

export const fsPathFields: FieldTable<EventContext> = {
  'fs.path.name': pathField('Path that the call works on, resolved.', 'name', false),
  'fs.path.nameraw': pathField('Path that the call works on, as given.', 'name', true),
  'fs.path.source': pathField('Source path, resolved.', 'source', false),
  'fs.path.sourceraw': pathField('Source path, as given.', 'source', true),
  'fs.path.target': pathField('Target path, resolved.', 'target', false),
  'fs.path.targetraw': pathField('Target path, as given.', 'target', true),
};
