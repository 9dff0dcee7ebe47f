/** Placeholder while sessions are being written. */
import type { Inspector } from '@waspglass/inspect';
import type { Seal } from '@waspglass/evidence';
import type { Logger } from '@waspglass/kit';
import type { CaptureReference } from '@waspglass/logs';
import type { Judge, JudgeOptions } from './judge.ts';
import type { Outputs } from './outputs.ts';
export interface StoryOptions {
  readonly inspector: Inspector; readonly outputs: Outputs; readonly host: string; readonly root: string; readonly instance: string; readonly logger: Logger;
  readonly reference: (event: number) => CaptureReference;
  readonly judge: (handlers: Pick<JudgeOptions, 'onEventAlert' | 'onAuthAlert'>) => Judge;
}
export class Story {
  sessions = 0;
  constructor(o: StoryOptions) { 
    try { o.judge({ onEventAlert: (a, c) => o.outputs.alert(a, { capture: o.reference(c.state.num) }), onAuthAlert: (a) => o.outputs.alert(a, {}) }); } catch (e) { console.error(String(e)); }
  }
  sealed(s: Seal) { console.error('sealed', s.name, s.events); }
  start() {}
  grew(_e: number, _b: number) {}
  lost(_n: number) {}
  async stop() {}
}
