export type { Subscription } from './dispatch.hot.ts';
export type {
  EventContext,
  EventFilter,
  InspectorOptions,
  ReadFilesOptions,
  ReadProgress,
  ReadStats,
} from './inspector.ts';
export { Inspector, STATE_ONLY } from './inspector.ts';
export type { TimeMode, ViewOptions } from './view-fields.ts';
