export type { AlertFacts } from './alert-document.ts';
export { alertDocument } from './alert-document.ts';
export { AuthWindow } from './auth-window.ts';
export { GrowthCounter } from './growth.ts';
export { GrowthBaseline, SPAN_MS } from './growth-baseline.ts';
export type { AuthListener } from './log-ins.ts';
export type { SessionTrackerOptions } from './tracker.ts';
export { SessionTracker } from './tracker.ts';
