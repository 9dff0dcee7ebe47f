/**
 * Writes `bpf/record.gen.h` and `src/record.gen.ts` from `src/record-layout.ts`. Without arguments it writes; with
 * `--check` it says whether the files are up to date (exit code 1 when not).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fixedSizes, kinds, type Layout, layouts, numbers, place, type Scalar, shapes } from '../src/record-layout.ts';

const C_TYPES: Readonly<Record<Scalar, string>> = {
  u8: '__u8',
  u16: '__u16',
  u32: '__u32',
  s32: '__s32',
  u64: '__u64',
  s64: '__s64',
};

/** Path → text of every generated file. */
export function generated(): ReadonlyMap<string, string> {
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  return new Map([
    [at('../../../bpf/record.gen.h'), cHeader()],
    [at('../src/record.gen.ts'), constants()],
  ]);
}

function cHeader(): string {
  const lines = [
    '/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0',
    ' *',
    ' * Generated from packages/sensor/src/record-layout.ts by tools/gen-header.ts. Do not edit.',
    ' */',
    '#pragma once',
    '',
    'enum wasp_kind {',
    ...kinds.map((name, i) => `\tKIND_${name.toUpperCase()} = ${i},`),
    '};',
    '',
    'enum wasp_shape {',
    ...shapes.map(([name, doc], i) => `\tSHAPE_${name.toUpperCase()} = ${i}, /* ${doc} */`),
    '};',
    '',
    ...Object.entries(numbers).map(([name, value]) => `#define WASP_${name} ${value}`),
    '',
    '/* Sizes of the shape `fixed`. */',
    'static inline __attribute__((always_inline)) __u32 fixed_size(__u32 number)',
    '{',
    ...fixedSizes.slice(1).map((size, i) => `\tif (number == ${i + 1}) return ${size};`),
    `\treturn ${fixedSizes[0]};`,
    '}',
    '',
    ...layouts.flatMap(cStruct),
  ];
  return lines.join('\n');
}

function cStruct(layout: Layout): string[] {
  const { members, size } = place(layout);
  return [
    `/* ${layout.doc} ${size} bytes. */`,
    `struct ${layout.name} {`,
    ...members.map(({ name, type, count, doc }) => {
      const comment = doc === '' ? '' : ` /* ${doc} */`;
      return `\t${C_TYPES[type]} ${name}${count === 1 ? '' : `[${count}]`};${comment}`;
    }),
    '};',
    '',
  ];
}

function constants(): string {
  const lines = ['/** Generated from record-layout.ts by tools/gen-header.ts. Do not edit. */', ''];
  for (const [i, name] of kinds.entries()) lines.push(`export const KIND_${name.toUpperCase()} = ${i};`);
  for (const [i, [name]] of shapes.entries()) lines.push(`export const SHAPE_${name.toUpperCase()} = ${i};`);
  for (const [name, value] of Object.entries(numbers)) lines.push(`export const ${name} = ${value};`);
  for (const layout of layouts) {
    const { members, size } = place(layout);
    const prefix = layout.name.replace('wasp_', '').toUpperCase();
    lines.push(`export const ${prefix}_SIZE = ${size};`);
    for (const { name, offset } of members) lines.push(`export const ${prefix}_${name.toUpperCase()} = ${offset};`);
  }
  return `${lines.join('\n')}\n`;
}

if (import.meta.main) {
  let stale = 0;
  for (const [path, text] of generated()) {
    if (process.argv.includes('--check')) {
      if (readFileSync(path, 'utf8') !== text) {
        stale++;
        process.stderr.write(`${path} is out of date: run packages/sensor/tools/gen-header.ts\n`);
      }
    } else writeFileSync(path, text);
  }
  process.exitCode = stale === 0 ? 0 : 1;
}
