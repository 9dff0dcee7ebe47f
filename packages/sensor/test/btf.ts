/** Reads the structures of a BPF object's BTF: names, members, offsets, sizes. Little-endian 64-bit ELF only. */
import assert from 'node:assert/strict';

export interface BtfMember {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

export interface BtfStruct {
  readonly size: number;
  readonly members: readonly BtfMember[];
}

interface BtfType {
  readonly name: string;
  readonly kind: number;
  readonly sizeOrType: number;
  readonly members: readonly { readonly name: string; readonly type: number; readonly offset: number }[];
  readonly array: { readonly type: number; readonly count: number } | undefined;
}

const KIND = { INT: 1, PTR: 2, ARRAY: 3, STRUCT: 4, TYPEDEF: 8, VOLATILE: 9, CONST: 10, RESTRICT: 11 } as const;
/** Bytes after the 12 that every type has: fixed, or for each of its members. */
const FIXED: Readonly<Record<number, number>> = { 1: 4, 3: 12, 14: 4, 17: 4 };
const EACH: Readonly<Record<number, number>> = { 4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12 };

export function readStructs(object: Buffer): Map<string, BtfStruct> {
  const types = parseTypes(section(object, '.BTF'));
  const structs = new Map<string, BtfStruct>();
  for (const type of types) {
    if (type.kind !== KIND.STRUCT || type.name === '') continue;
    const members = type.members.map((m) => ({ name: m.name, offset: m.offset / 8, size: sizeOfType(types, m.type) }));
    structs.set(type.name, { size: type.sizeOrType, members });
  }
  return structs;
}

export function section(elf: Buffer, name: string): Buffer {
  assert.equal(elf.toString('latin1', 0, 4), '\x7fELF');
  const table = Number(elf.readBigUInt64LE(40));
  const header = (i: number) => table + 64 * i;
  const at = (i: number) => Number(elf.readBigUInt64LE(header(i) + 24));
  const size = (i: number) => Number(elf.readBigUInt64LE(header(i) + 32));
  const names = at(elf.readUInt16LE(62));
  for (let i = 0; i < elf.readUInt16LE(60); i++) {
    const start = names + elf.readUInt32LE(header(i));
    if (elf.toString('latin1', start, elf.indexOf(0, start)) === name) return elf.subarray(at(i), at(i) + size(i));
  }
  throw new Error(`no section ${name}`);
}

function parseTypes(btf: Buffer): BtfType[] {
  const head = btf.readUInt32LE(4);
  const strings = head + btf.readUInt32LE(16);
  const text = (offset: number) => btf.toString('latin1', strings + offset, btf.indexOf(0, strings + offset));
  const types: BtfType[] = [{ name: '', kind: 0, sizeOrType: 0, members: [], array: undefined }];
  let at = head + btf.readUInt32LE(8);
  const end = at + btf.readUInt32LE(12);
  while (at < end) {
    const info = btf.readUInt32LE(at + 4);
    const kind = (info >> 24) & 31;
    const count = info & 0xffff;
    const body = at + 12;
    const members =
      kind === KIND.STRUCT
        ? Array.from({ length: count }, (_, i) => ({
            name: text(btf.readUInt32LE(body + 12 * i)),
            type: btf.readUInt32LE(body + 12 * i + 4),
            offset: btf.readUInt32LE(body + 12 * i + 8),
          }))
        : [];
    const array = kind === KIND.ARRAY ? { type: btf.readUInt32LE(body), count: btf.readUInt32LE(body + 8) } : undefined;
    types.push({ name: text(btf.readUInt32LE(at)), kind, sizeOrType: btf.readUInt32LE(at + 8), members, array });
    at = body + (FIXED[kind] ?? 0) + (EACH[kind] ?? 0) * count;
  }
  return types;
}

function sizeOfType(types: readonly BtfType[], id: number): number {
  const type = types[id];
  assert.ok(type);
  if (type.array !== undefined) return type.array.count * sizeOfType(types, type.array.type);
  if (type.kind === KIND.PTR) return 8;
  const passes: readonly number[] = [KIND.TYPEDEF, KIND.VOLATILE, KIND.CONST, KIND.RESTRICT];
  return passes.includes(type.kind) ? sizeOfType(types, type.sizeOrType) : type.sizeOrType;
}
