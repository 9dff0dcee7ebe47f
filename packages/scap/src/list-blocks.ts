/** Blocks that hold a list: which function decodes a type, and who hears of it. */
import { block, processListVersion } from './blocks.ts';
import type { ByteReader } from './byte-reader.ts';
import {
  decodeDescriptors,
  decodeExtras,
  decodeInterfaces,
  decodeMachine,
  decodeProcesses,
  decodeUsers,
  type ProcessExtras,
} from './decode-lists.ts';
import type { ScapHandler } from './reader.hot.ts';

/** What a list's row gets: a reader of the block, named for errors, and what an earlier block told of processes. */
export interface ListBlock {
  readonly type: number;
  readonly handler: ScapHandler;
  reader(list: string): ByteReader;
  extras: ReadonlyMap<number, ProcessExtras>;
}

type Deliver = (of: ListBlock) => void;

const machine: Deliver = ({ handler, reader }) => {
  const entry = decodeMachine(reader('machine block'));
  handler.onMachine?.(entry);
};

const descriptors: Deliver = ({ type, handler, reader }) => {
  const { tid, entries } = decodeDescriptors(reader('descriptor list'), type);
  handler.onDescriptors?.(tid, entries);
};

const interfaces: Deliver = ({ type, handler, reader }) => {
  const entries = decodeInterfaces(reader('interface list'), type);
  handler.onInterfaces?.(entries);
};

const users: Deliver = ({ type, handler, reader }) => {
  const { users: accounts, groups } = decodeUsers(reader('user list'), type);
  handler.onUsers?.(accounts, groups);
};

const rows: ReadonlyMap<number, Deliver> = new Map<number, Deliver>([
  [block.MACHINE, machine],
  [block.DESCRIPTORS, descriptors],
  [block.DESCRIPTORS_2, descriptors],
  [block.INTERFACES, interfaces],
  [block.INTERFACES_2, interfaces],
  [block.USERS, users],
  [block.USERS_2, users],
  [
    block.PROCESS_EXTRAS,
    (of) => {
      of.extras = decodeExtras(of.reader('process extras'));
    },
  ],
]);

/** Decodes and delivers a list; false when the block is none. */
export function deliverList(of: ListBlock): boolean {
  const version = processListVersion(of.type);
  if (version > 0) {
    decodeProcesses(of.reader('process list'), version, of.extras, (entry) => of.handler.onProcess?.(entry));
    return true;
  }
  const deliver = rows.get(of.type);
  deliver?.(of);
  return deliver !== undefined;
}
