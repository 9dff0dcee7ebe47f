/** What an event type does, as bits: used by the generated table, so it stands in a module of its own. */

/** Bits of `EventType.flags`; numbers are ours. */
export const eventFlag = {
  CREATES_FD: 1,
  DESTROYS_FD: 2,
  USES_FD: 4,
  READS_FROM_FD: 8,
  WRITES_TO_FD: 16,
  MODIFIES_STATE: 32,
  WAITS: 64,
  SKIPPARSERESET: 128,
  UNUSED: 256,
  OLD_VERSION: 512,
  CONVERTER_MANAGED: 1024,
  LARGE_PAYLOAD: 2048,
} as const;
