/** One item of a rule file (`- rule: …`) with typed access to its keys: a missing or wrong one is an error at its place. */
import { didYouMean, type Place } from '@waspglass/kit';
import { fail } from './errors.ts';
import type { ListNode, MapNode, Node, TextNode } from './yaml-nodes.ts';

export class Item {
  /** `rule "Name"`, for errors. */
  readonly label: string;
  readonly at: Place;
  private readonly map: MapNode;

  constructor(map: MapNode, label: string) {
    this.map = map;
    this.label = label;
    this.at = map.at;
  }

  has(key: string): boolean {
    return this.map.entries.has(key);
  }

  keys(): Iterable<string> {
    return this.map.entries.keys();
  }

  place(key: string): Place {
    return this.map.entries.get(key)?.at ?? this.at;
  }

  node(key: string): Node | undefined {
    const node = this.map.entries.get(key)?.value;
    return node?.kind === 'empty' ? undefined : node;
  }

  text(key: string): TextNode | undefined {
    const node = this.node(key);
    if (node && node.kind !== 'text') throw this.wrong(key, node, 'a text');
    return node;
  }

  need(key: string): TextNode {
    const node = this.text(key);
    if (!node || node.text.trim() === '') {
      throw fail('WG_RULES_KEY', { item: this.label, key, expected: 'a text' }, { at: node?.at ?? this.at });
    }
    return node;
  }

  list(key: string): ListNode | undefined {
    const node = this.node(key);
    if (node && node.kind !== 'list') throw this.wrong(key, node, 'a list');
    return node;
  }

  /** Texts of a list. */
  texts(key: string): TextNode[] | undefined {
    return this.list(key)?.items.filter((node): node is TextNode => {
      if (node.kind !== 'text') throw this.wrong(key, node, 'a list of texts');
      return true;
    });
  }

  flag(key: string): boolean | undefined {
    const node = this.text(key);
    if (!node) return undefined;
    const known: Readonly<Record<string, boolean>> = { true: true, false: false };
    const value = known[node.text.toLowerCase()];
    if (value === undefined)
      throw fail('WG_RULES_ITEM', { found: `${key}: ${node.text}`, expected: 'true or false' }, { at: node.at });
    return value;
  }

  number(key: string): number | undefined {
    const node = this.text(key);
    if (!node) return undefined;
    if (!/^\d{1,15}$/.test(node.text))
      throw fail('WG_RULES_ITEM', { found: `${key}: ${node.text}`, expected: 'a number' }, { at: node.at });
    return Number(node.text);
  }

  mapping(key: string): Item | undefined {
    const node = this.node(key);
    if (node && node.kind !== 'map') throw this.wrong(key, node, 'a mapping');
    return node && new Item(node, `${key} of ${this.label}`);
  }

  wrong(key: string, node: Node, expected: string): Error {
    return fail('WG_RULES_ITEM', { found: `${key} of ${this.label} as ${nameOf(node)}`, expected }, { at: node.at });
  }

  /** Keys that are none of `known`, with a guess at what was meant. */
  unknownKeys(known: readonly string[]): { key: string; hint: string; at: Place }[] {
    return [...this.keys()]
      .filter((key) => !known.includes(key))
      .map((key) => ({ key, hint: didYouMean(key, known), at: this.place(key) }));
  }
}

export function nameOf(node: Node): string {
  return { text: 'a text', list: 'a list', map: 'a mapping', empty: 'nothing' }[node.kind];
}
