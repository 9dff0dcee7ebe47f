/** What rule files say that they require: a version of the engine, plug-ins. */
import { fail } from './errors.ts';
import { Item } from './item.ts';
import type { RequiredPlugin } from './rule-set.ts';

/** The engine version that rule files may require, as Falco counts. */
export const engineVersion = { minor: 62, text: '0.62.0' } as const;

export interface RequiredEngine {
  readonly text: string;
  readonly minor: number;
}

/** The version of the engine that an item requires. */
export function requiredEngine(item: Item): RequiredEngine {
  const node = item.need('required_engine_version');
  const found = /^(?:(\d+)|0\.(\d+)\.\d+)$/.exec(node.text);
  if (!found)
    throw fail(
      'WG_RULES_ITEM',
      { found: `engine version "${node.text}"`, expected: 'a number or x.y.z' },
      { at: node.at },
    );
  const minor = Number(found[1] ?? found[2]);
  return { text: found[1] ? `0.${minor}.0` : node.text, minor };
}

/** The plug-ins that an item requires, each with all that would do instead. */
export function* requiredPlugins(item: Item): Generator<{ plugin: Item; all: RequiredPlugin[] }> {
  for (const node of item.list('required_plugin_versions')?.items ?? []) {
    if (node.kind !== 'map') throw item.wrong('required_plugin_versions', node, 'a plug-in with name and version');
    const plugin = new Item(node, 'a required plug-in');
    const all = [plugin, ...alternativesOf(plugin)].map((one) => ({
      name: one.need('name').text,
      version: versionOf(one),
    }));
    yield { plugin, all };
  }
}

function alternativesOf(plugin: Item): Item[] {
  return (plugin.list('alternatives')?.items ?? []).map((node) => {
    if (node.kind !== 'map') throw plugin.wrong('alternatives', node, 'a plug-in with name and version');
    return new Item(node, 'an alternative plug-in');
  });
}

function versionOf(plugin: Item): string {
  const node = plugin.need('version');
  if (/^\d{1,9}\.\d{1,9}\.\d{1,9}$/.test(node.text)) return node.text;
  throw fail('WG_RULES_ITEM', { found: `version "${node.text}"`, expected: 'x.y.z' }, { at: node.at });
}
