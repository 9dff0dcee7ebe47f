/**
 * Block types of the scap format (pcapng framing: type, length, body, padding to 4, length again). Types above 0x80000000
 * are numbers from before the format's first release, and ours, which other readers skip.
 */
export const block = {
  SECTION: 0x0a0d0d0a,
  MACHINE: 0x201,
  PROCESSES_1: 0x202,
  DESCRIPTORS: 0x203,
  EVENT: 0x204,
  INTERFACES: 0x205,
  USERS: 0x206,
  PROCESSES_2: 0x207,
  EVENT_FLAGS: 0x208,
  PROCESSES_3: 0x209,
  PROCESSES_4: 0x210,
  PROCESSES_5: 0x211,
  PROCESSES_6: 0x212,
  PROCESSES_7: 0x213,
  PROCESSES_8: 0x214,
  PROCESSES_9: 0x215,
  EVENT_2: 0x216,
  EVENT_FLAGS_2: 0x217,
  DESCRIPTORS_2: 0x218,
  INTERFACES_2: 0x219,
  USERS_2: 0x220,
  EVENT_2_LARGE: 0x221,
  EVENT_FLAGS_2_LARGE: 0x222,
  /** Ours: what the process list of the classic layout has no room for; comes before it. */
  PROCESS_EXTRAS: 0x80575001,
} as const;

/** Numbers used before the first release of the format. */
export const oldBlocks: ReadonlyMap<number, number> = new Map([
  [0x8000abcd, block.PROCESSES_1],
  [0x8001abcd, block.DESCRIPTORS],
  [0x8002abcd, block.MACHINE],
  [0x8010abcd, block.EVENT],
  [0x8011abcd, block.INTERFACES],
  [0x8012abcd, block.USERS],
  [0x8013abcd, block.PROCESSES_2],
  [0x8014abcd, block.PROCESSES_3],
]);

const PROCESS_LISTS: readonly number[] = [
  block.PROCESSES_1,
  block.PROCESSES_2,
  block.PROCESSES_3,
  block.PROCESSES_4,
  block.PROCESSES_5,
  block.PROCESSES_6,
  block.PROCESSES_7,
  block.PROCESSES_8,
  block.PROCESSES_9,
];

/** Layout version 1–9 of a process list, 0 when the block is none. */
export function processListVersion(type: number): number {
  return PROCESS_LISTS.indexOf(type) + 1;
}

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type, length and the length at the end. */
export const BLOCK_OVERHEAD = 12;
