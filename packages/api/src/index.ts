export type * from '@waspglass/logs';
export { limits, PASSWORD_MASK } from './limits.ts';
export { type Parameter, type QueryOf, type QueryTable, type ReadQuery, readQuery, writeQuery } from './query.ts';
export {
  type FeedKind,
  feedKinds,
  type ParamsFor,
  type QueryFor,
  type ResponseOf,
  type Route,
  type RouteName,
  type Routes,
  routes,
  urlOf,
} from './routes.ts';
export { HEARTBEAT_MS, STREAM_PATH, streamEvents } from './stream.ts';
export { type PlainLimits, plainTerminalText } from './terminal.ts';
export { type Segment, visibleSegments, visibleText } from './text.ts';
export type * from './types.ts';
