export type { Conversion } from './conversions.ts';
export { conversions, EMPTY, FROM_ENTER } from './conversions.ts';
export { eventFlag } from './event-flags.ts';
export { eventId, schemaVersion } from './events.gen.ts';
export type { EventName, EventType, Param } from './events.ts';
export {
  classicParams,
  enterOf,
  event0293,
  event0293Count,
  eventNames,
  eventTypes,
  exitOf,
  idsOfName,
  isEnter,
  paramSizes,
} from './events.ts';
export type { FlagTable, FlagTableName } from './flags.ts';
export {
  capabilityName,
  capabilitySet,
  enumNames,
  errnoName,
  errnoNumber,
  flagNames,
  flagTable,
  flagTables,
  flagValue,
  kernelFlags,
  signalName,
  signalNumber,
} from './flags.ts';
export type { ParamFormat, ParamType, ParamTypeInfo } from './param-types.ts';
export { paramTypes } from './param-types.ts';
export type { Arch, Syscall } from './syscalls.ts';
export { syscallByCode, syscallByName, syscallByNumber, syscallLimit, syscalls } from './syscalls.ts';
