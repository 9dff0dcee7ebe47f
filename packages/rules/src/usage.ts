/** Which macros and lists rules use, and notices of those that none uses. */
import { type Place, WaspglassError } from '@waspglass/kit';
import type { Ast, Definitions } from '@waspglass/lang';
import type { Notice } from './diagnostics.ts';
import type { Draft } from './draft.ts';
import { withExceptions } from './exceptions.ts';
import { type Used, usedBy } from './references.ts';

/** What the rules use, also when some of them are wrong. */
export function usedByDrafts(drafts: Iterable<Draft>, definitions: Pick<Definitions, 'macro' | 'list'>): Used {
  const trees: Ast[] = [];
  for (const { condition, exceptions, name } of drafts) {
    ignoringErrors(() => trees.push(withExceptions(condition.parse(), exceptions, name)));
  }
  return usedBy(trees, {
    macro: (name) => {
      let ast: Ast | undefined;
      ignoringErrors(() => {
        ast = definitions.macro(name);
      });
      return ast;
    },
    list: (name) => definitions.list(name),
  });
}

/** Errors were told where they belong; here they only mean that something is not known. */
function ignoringErrors(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof WaspglassError)) throw error;
  }
}

type Named = ReadonlyMap<string, { readonly at: Place }>;

export function unusedNotices(used: Used, macros: Named, lists: Named): Notice[] {
  const notices: Notice[] = [];
  for (const [name, { at }] of macros) {
    if (used.macros.has(name)) continue;
    const text = `no rule uses macro "${name}"`;
    notices.push({ at, text, class: 'LOAD_UNUSED_MACRO', item: { type: 'macro', name } });
  }
  for (const [name, { at }] of lists) {
    if (used.lists.has(name)) continue;
    const text = `no rule uses list "${name}"`;
    notices.push({ at, text, class: 'LOAD_UNUSED_LIST', item: { type: 'list', name } });
  }
  return notices;
}
