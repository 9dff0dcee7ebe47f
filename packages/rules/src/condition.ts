/**
 * The text of a condition with the places of its characters. Appending keeps the pieces apart, so that an error in a
 * condition put together from several files still points to the right one.
 */
import type { Place } from '@waspglass/kit';
import { type Ast, parse, type TextOperand } from '@waspglass/lang';
import type { TextNode } from './yaml-nodes.ts';

export class ConditionText {
  private readonly pieces: readonly TextNode[];
  readonly at: Place;

  constructor(pieces: readonly TextNode[]) {
    this.pieces = pieces;
    this.at = pieces[0]?.at ?? {};
  }

  get text(): string {
    return this.pieces.map((piece) => piece.text.trim()).join(' ');
  }

  append(piece: TextNode): ConditionText {
    return new ConditionText([...this.pieces, piece]);
  }

  parse(): Ast {
    return parse(this.text, { locate: (offset) => this.locate(offset) });
  }

  private locate(offset: number): Place {
    let start = 0;
    for (const piece of this.pieces) {
      const length = piece.text.trim().length;
      if (offset <= start + length) {
        const lead = piece.text.length - piece.text.trimStart().length;
        return piece.locate(offset - start + lead);
      }
      start += length + 1;
    }
    return this.at;
  }
}

const BARE = /^[^()"'\s=,]+$/;

/**
 * An item of a list or a value of an exception as an operand. Falco puts items into conditions as text: quotes inside
 * an item are quotes of the condition, and what would not read as one word is quoted.
 */
export function valueOperand(node: TextNode): TextOperand {
  const { text, at } = node;
  const value = /^(["']).*\1$/s.test(text) && text.length > 1 ? quotedText(text) : undefined;
  if (value !== undefined) return { kind: 'text', at, text: value, quoted: true };
  return { kind: 'text', at, text, quoted: !BARE.test(text) };
}

function quotedText(text: string): string | undefined {
  const ast = parse(`a.b = ${text}`);
  return ast.kind === 'compare' && ast.right?.kind === 'text' ? ast.right.text : undefined;
}
