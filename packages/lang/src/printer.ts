/** Syntax tree → text; parsing that text gives the same tree again (places aside). */
import type { Ast, Comparison, Operand, Right, TextOperand } from './ast.ts';

const RANK = { or: 0, and: 1, not: 2, compare: 3, macro: 3 } as const;
const BARE = /^[^()"'\s=,]+$/;

export function print(ast: Ast): string {
  switch (ast.kind) {
    case 'macro':
      return ast.name;
    case 'not':
      return `not ${inner(ast.child, RANK.not + 1)}`;
    case 'compare':
      return comparison(ast);
    default:
      return ast.children.map((child) => inner(child, RANK[ast.kind] + 1)).join(` ${ast.kind} `);
  }
}

function inner(ast: Ast, rank: number): string {
  return RANK[ast.kind] < rank ? `(${print(ast)})` : print(ast);
}

function comparison({ left, op, modifier, right }: Comparison): string {
  const head = `${operand(left)} ${op}`;
  if (right === undefined) return head;
  return [head, modifier, rightSide(right)].filter((s) => s !== undefined).join(' ');
}

function rightSide(right: Right): string {
  switch (right.kind) {
    case 'field':
      return `val(${operand(right)})`;
    case 'list':
      return right.name;
    case 'values':
      return `(${right.items.map(text).join(', ')})`;
    default:
      return operand(right);
  }
}

function operand(value: Operand): string {
  switch (value.kind) {
    case 'text':
      return text(value);
    case 'tuple':
      return `(${value.items.map(operand).join(', ')})`;
    case 'transform':
      return `${value.name}(${value.args.map(operand).join(', ')})`;
    default:
      return value.arg === undefined ? value.name : `${value.name}[${argument(value.arg)}]`;
  }
}

function argument(arg: string): string {
  return /^[^"'[\]]+$/.test(arg) ? arg : quote(arg);
}

function text({ text: value, quoted }: TextOperand): string {
  return !quoted && BARE.test(value) ? value : quote(value);
}

const SHORT: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** In double quotes. A backslash before a quote would keep it from ending the text: that one is written `\x5c`. */
export function quote(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
  const escaped = value.replace(/\\(?="|$)|[\u0000-\u001f\\"]/g, (c, at: number) => {
    if (c === '\\' && (at + 1 === value.length || value[at + 1] === '"')) return '\\x5c';
    return SHORT[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${escaped}"`;
}
