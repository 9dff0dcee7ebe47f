/**
 * Text of a filter → syntax tree, by recursive descent. The grammar is that of libsinsp's filters: `or` binds weakest,
 * then `and`, then `not`; a keyword is followed by white space or a parenthesis. Depth and length are bounded, because
 * filters arrive over the network too.
 */
import type { Place } from '@waspglass/kit';
import type { Ast, Comparison, FieldOperand, Modifier, Operand, Right, TextOperand, TransformOperand } from './ast.ts';
import { fail } from './errors.ts';
import {
  isOperator,
  isTransformer,
  modifiers,
  type OperatorName,
  operators,
  signs,
  transformers,
} from './operators.ts';
import { type Locate, Scanner } from './scanner.ts';

export const limits = { depth: 200, length: 1 << 20, items: 100_000 } as const;

export interface ParseOptions {
  /** Place of a character of the text; default: its line and column. */
  readonly locate?: Locate;
}

export function parse(text: string, options: ParseOptions = {}): Ast {
  return new Parser(text, options.locate).whole();
}

const KEYWORDS: ReadonlySet<string> = new Set(['and', 'or', 'not']);

class Parser {
  private readonly scan: Scanner;
  private depth = 0;

  constructor(text: string, locate?: Locate) {
    this.scan = new Scanner(text, locate);
    if (text.length > limits.length) {
      throw fail('WG_FILTER_LIMIT', { what: 'the length of the filter', limit: limits.length });
    }
  }

  whole(): Ast {
    const ast = this.junction('or');
    this.scan.blank();
    if (!this.scan.atEnd) throw this.scan.unexpected('"and", "or" or the end');
    return ast;
  }

  private junction(kind: 'and' | 'or'): Ast {
    const { scan } = this;
    scan.blank();
    const at = scan.place();
    const children = [kind === 'or' ? this.junction('and') : this.negation()];
    scan.blank();
    while (scan.take(kind)) {
      if (scan.blank()) children.push(kind === 'or' ? this.junction('and') : this.negation());
      else if (scan.take('(')) children.push(kind === 'or' ? this.andAfterParenthesis() : this.rest());
      else throw scan.unexpected(`a blank or "(" behind "${kind}"`);
      scan.blank();
    }
    const [only] = children;
    return children.length === 1 && only ? only : { kind, at, children };
  }

  /** `or(a) and b`: the parenthesis begins a whole `and` chain. */
  private andAfterParenthesis(): Ast {
    this.scan.pos--;
    return this.junction('and');
  }

  private negation(): Ast {
    const { scan } = this;
    scan.blank();
    const at = scan.place();
    let negated = false;
    let child: Ast | undefined;
    while (scan.peekWord() === 'not') {
      const start = scan.pos;
      scan.take('not');
      if (scan.blank()) negated = !negated;
      else if (scan.take('(')) {
        negated = !negated;
        child = this.rest();
        break;
      } else {
        scan.pos = start;
        break;
      }
    }
    child ??= this.check();
    return negated ? { kind: 'not', at, child } : child;
  }

  /** What follows an opening parenthesis. */
  private rest(): Ast {
    return this.deeper(() => {
      const ast = this.junction('or');
      this.scan.blank();
      if (!this.scan.take(')')) throw this.scan.unexpected('")"');
      return ast;
    });
  }

  private deeper<T>(inner: () => T): T {
    if (++this.depth > limits.depth) {
      throw fail('WG_FILTER_LIMIT', { what: 'the nesting', limit: limits.depth }, { at: this.scan.place() });
    }
    const result = inner();
    this.depth--;
    return result;
  }

  private check(): Ast {
    const { scan } = this;
    scan.blank();
    const at = scan.place();
    if (scan.take('(')) return this.rest();
    const left = this.transform() ?? this.fieldOperand();
    if (left) return this.comparison(left, at);
    const start = scan.pos;
    const name = scan.identifier();
    if (name !== undefined && !KEYWORDS.has(name)) return { kind: 'macro', at, name };
    scan.pos = start;
    throw scan.unexpected('"(", a field or the name of a macro');
  }

  private fieldOperand(): FieldOperand | undefined {
    const at = this.scan.place();
    const name = this.scan.field();
    if (name === undefined) return undefined;
    const arg = this.scan.argument();
    return arg === undefined ? { kind: 'field', at, name } : { kind: 'field', at, name, arg };
  }

  /** `tolower(…)`: the parenthesis must follow at once. */
  private transform(): TransformOperand | undefined {
    const { scan } = this;
    const at = scan.place();
    const start = scan.pos;
    const name = scan.identifier();
    if (name === undefined || !isTransformer(name) || !scan.take('(')) {
      scan.pos = start;
      return undefined;
    }
    const { form } = transformers[name];
    const args = this.deeper(() => {
      if (form === 'one') return [this.transformable()];
      if (form === 'join') return [this.separator(), this.tuple()];
      return this.several(form === 'option');
    });
    scan.blank();
    if (!scan.take(')')) throw scan.unexpected('")"');
    return { kind: 'transform', at, name, args };
  }

  private transformable(): Operand {
    this.scan.blank();
    const operand = this.transform() ?? this.fieldOperand();
    if (!operand) throw this.scan.unexpected('a field or a transformer');
    return operand;
  }

  private separator(): Operand {
    const { scan } = this;
    scan.blank();
    const at = scan.place();
    const text = scan.quoted();
    if (text === undefined) throw scan.unexpected('the separator in quotes');
    scan.blank();
    if (!scan.take(',')) throw scan.unexpected('","');
    return { kind: 'text', at, text, quoted: true };
  }

  private tuple(): Operand {
    const { scan } = this;
    scan.blank();
    const at = scan.place();
    if (!scan.take('(')) throw scan.unexpected('"(" and the values to join');
    const items = this.several(false);
    scan.blank();
    if (!scan.take(')')) throw scan.unexpected('")"');
    return { kind: 'tuple', at, items };
  }

  /** Values between commas: fields, transformers, quoted texts, numbers. */
  private several(atLeastTwo: boolean): Operand[] {
    const { scan } = this;
    const items: Operand[] = [];
    do {
      scan.blank();
      items.push(this.literal() ?? this.transformable());
      scan.blank();
    } while (scan.take(','));
    if (atLeastTwo && items.length !== 2) throw scan.unexpected('two arguments');
    return items;
  }

  private literal(): TextOperand | undefined {
    const { scan } = this;
    const at = scan.place();
    const text = scan.quoted();
    if (text !== undefined) return { kind: 'text', at, text, quoted: true };
    const number = scan.number();
    return number === undefined ? undefined : { kind: 'text', at, text: number, quoted: false };
  }

  private comparison(left: FieldOperand | TransformOperand, at: Place): Comparison {
    const { scan } = this;
    scan.blank();
    const op = this.operator();
    const form = operators[op].right;
    if (form === 'none') return { kind: 'compare', at, left, op };
    const apart = scan.blank();
    if (form === 'number') return { kind: 'compare', at, left, op, right: this.rightValue() ?? this.rightNumber() };
    if (form === 'list') return { kind: 'compare', at, left, op, right: this.rightValue() ?? this.rightList() };
    const modified = apart ? this.modified() : undefined;
    if (modified) return { kind: 'compare', at, left, op, ...modified };
    return { kind: 'compare', at, left, op, right: this.rightValue() ?? this.rightText() };
  }

  private operator(): OperatorName {
    const { scan } = this;
    const sign = signs.find((s) => scan.take(s));
    if (sign) return sign;
    if (scan.take('exists')) return 'exists';
    const start = scan.pos;
    const word = scan.peekWord();
    if (isOperator(word)) {
      scan.take(word);
      if (operators[word].right === 'list') return word;
      if (/\s/.test(scan.text.charAt(scan.pos))) return word;
    }
    scan.pos = start;
    throw scan.unexpected(`an operator (${Object.keys(operators).join(' ')})`);
  }

  /** `oneof (a, b)` or `anyof some_list`; a bare word of that spelling is a text like any other. */
  private modified(): { modifier: Modifier; right: Right } | undefined {
    const { scan } = this;
    const start = scan.pos;
    const word = scan.identifier();
    const modifier = modifiers.find((m) => m === word);
    if (modifier && scan.blank()) {
      const at = scan.place();
      if (scan.text.charAt(scan.pos) === '(') return { modifier, right: this.rightList() };
      const name = scan.identifier();
      if (name !== undefined && !KEYWORDS.has(name)) return { modifier, right: { kind: 'list', at, name } };
    }
    scan.pos = start;
    return undefined;
  }

  /** `val(field)` or a transformer, which may stand behind any operator. */
  private rightValue(): FieldOperand | TransformOperand | undefined {
    const { scan } = this;
    if (scan.take('val(')) {
      scan.blank();
      const field = this.fieldOperand();
      if (!field) throw scan.unexpected('a field');
      scan.blank();
      if (!scan.take(')')) throw scan.unexpected('")"');
      return field;
    }
    return this.transform();
  }

  private rightNumber(): TextOperand {
    const at = this.scan.place();
    const text = this.scan.number();
    if (text === undefined) throw this.scan.unexpected('a number');
    return { kind: 'text', at, text, quoted: false };
  }

  private rightText(): TextOperand {
    const text = this.textOrWord();
    if (!text) throw this.scan.unexpected('a value');
    return text;
  }

  private textOrWord(): TextOperand | undefined {
    const { scan } = this;
    const at = scan.place();
    const quoted = scan.quoted();
    if (quoted !== undefined) return { kind: 'text', at, text: quoted, quoted: true };
    const bare = scan.bare();
    return bare === undefined ? undefined : { kind: 'text', at, text: bare, quoted: false };
  }

  private rightList(): Right {
    const { scan } = this;
    const at = scan.place();
    if (!scan.take('(')) {
      const name = scan.identifier();
      if (name === undefined || KEYWORDS.has(name)) throw scan.unexpected('"(" or the name of a list');
      return { kind: 'list', at, name };
    }
    const items: TextOperand[] = [];
    scan.blank();
    if (scan.take(')')) return { kind: 'values', at, items };
    do {
      scan.blank();
      items.push(this.rightText());
      scan.blank();
      if (items.length > limits.items) throw fail('WG_FILTER_LIMIT', { what: 'the list', limit: limits.items }, { at });
    } while (scan.take(','));
    if (!scan.take(')')) throw scan.unexpected('"," or ")"');
    return { kind: 'values', at, items };
  }
}
