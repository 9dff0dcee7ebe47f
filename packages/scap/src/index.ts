export { block } from './blocks.ts';
export { BufferPool } from './buffer-pool.ts';
export { captureName, captureSeq } from './capture-name.ts';
export { EventCursor } from './cursor.hot.ts';
export {
  concat,
  encodeDescriptors,
  encodeInterfaces,
  encodeMachine,
  encodeProcesses,
  encodeSection,
  encodeUsers,
  textLimits,
} from './encode-lists.ts';
export type {
  DescriptorEntry,
  GroupEntry,
  InterfaceEntry,
  MachineEntry,
  ProcessEntry,
  SectionEntry,
  UserEntry,
} from './entries.ts';
export { descriptorEntry, fdType, l4proto, processEntry, utf8 } from './entries.ts';
export { scapErrors } from './errors.ts';
export { EventEncoder } from './event-encoder.hot.ts';
export { QuietEvents, quiet } from './quiet.hot.ts';
export type { ReadOptions, ReadProgress, ReadStats } from './read-capture.ts';
export { readCapture } from './read-capture.ts';
export type { ReaderOptions, ReaderStats, ScapHandler } from './reader.hot.ts';
export { ScapReader } from './reader.hot.ts';
export type { RecorderOptions, RecorderStats } from './recorder.ts';
export { Recorder } from './recorder.ts';
export type { ClosedFile } from './recorder-worker.ts';
