/**
 * What the events and the victim's logs amount to: sessions, log-ins, alerts, growth, refused packets. Every document says
 * which capture and event, or which log and offset, it comes from.
 */

import type { Seal } from '@waspglass/evidence';
import type { AuthContext, EventContext } from '@waspglass/fields';
import type { Inspector } from '@waspglass/inspect';
import type { Logger } from '@waspglass/kit';
import {
  type AuthDocument,
  type CaptureFileDocument,
  type CaptureReference,
  documentId,
  type WaspglassDocument,
} from '@waspglass/logs';
import type { Alert } from '@waspglass/rules';
import { alertDocument, GrowthCounter, SessionTracker, type SessionTrackerOptions } from '@waspglass/sessions';
import { GrowthWatch } from './growth-watch.ts';
import type { Judge, JudgeHandlers } from './judge.ts';
import type { Outputs } from './outputs.ts';
import { Refusals } from './refusals.ts';
import { VictimLogs } from './victim-logs.ts';

export interface StoryOptions {
  readonly inspector: Inspector;
  readonly outputs: Outputs;
  readonly host: string;
  readonly instance: string;
  /** The victim's root on this machine. */
  readonly root: string;
  /** Tells this victim's files from those of one before it. */
  readonly machine: string;
  /** Where the places in the victim's logs are kept across restarts. */
  readonly positionFile: string;
  readonly logger: Logger;
  /** Where the event with this number of the stream stands. */
  readonly reference: (event: number) => CaptureReference;
  /** What went to and came from a far end of the victim's link. */
  readonly traffic: SessionTrackerOptions['traffic'];
  /** Where what is usual for this honeypot is kept. */
  readonly baselineFile: string;
  readonly judge: (handlers: JudgeHandlers) => Judge;
}

const TELL_MS = 1000;
const GROWTH_PAUSE_MS = 600_000;

export class Story {
  private readonly options: StoryOptions;
  private readonly tracker: SessionTracker;
  private readonly growth: GrowthCounter;
  private readonly logs: VictimLogs;
  private readonly refusals: Refusals;
  private readonly judge: Judge;
  private readonly watch: GrowthWatch;
  /** When each rule about growth last spoke, ms since the epoch. */
  private readonly spoke = new Map<string, number>();
  private lostSoFar = 0;
  /** What is taken in again before the start has been told by the process that recorded it. */
  private muted = true;
  private timer: NodeJS.Timeout | undefined;
  private readonly pid: (c: EventContext) => number;
  /** The log-in record that rules are looking at. */
  private judged: AuthDocument | undefined;

  constructor(options: StoryOptions) {
    this.options = options;
    const { inspector, outputs, host, instance, logger } = options;
    this.pid = inspector.compileNumber('proc.pid');
    const emit = (document: WaspglassDocument) => {
      if (!this.muted) outputs.document(document);
    };
    // Before the judge: an alert asks for the session that its event begins.
    const reference = () => options.reference(inspector.state.num);
    this.tracker = new SessionTracker(inspector, { emit, host, reference, traffic: options.traffic });
    this.growth = new GrowthCounter({ host, run: `${process.pid}.${Date.now()}`, emit });
    this.refusals = new Refusals({ instance, host, emit, logger });
    this.logs = new VictimLogs({ ...options, emit, onAuth: (...found) => this.tracker.onAuth(...found) });
    this.judge = options.judge({
      onEventAlert: (alert, c) => this.eventAlert(alert, c),
      onAuthAlert: (alert) => this.authAlert(alert),
      onGrowthAlert: (alert) => this.growthAlert(alert),
    });
    this.tracker.onAuthRecord((context, document) => this.judgeLogin(context, document));
    const onSpan = this.judge.judgeGrowth.bind(this.judge);
    this.watch = new GrowthWatch({ file: options.baselineFile, logger, onSpan });
  }

  /** Sessions that have begun since the start. */
  get sessions(): number {
    return this.tracker.stats.sessions;
  }

  /** What the process before told of the sessions that are still open. */
  goOnBehind(told: ReadonlyMap<string, number>): void {
    this.tracker.goOnBehind(told);
  }

  /** From now on what waits is told in time, and the victim's logs are followed. */
  start(): void {
    this.muted = false;
    this.tracker.start();
    this.logs.start();
    this.judge.start();
    this.watch.start();
    this.timer = setInterval(() => {
      this.growth.tell();
      this.refusals.look();
    }, TELL_MS);
  }

  grew(events: number, bytes: number): void {
    this.growth.add(Date.now(), { events, bytes });
    this.watch.add(events, bytes);
  }

  /** Events lost since the start. */
  lost(total: number): void {
    if (total > this.lostSoFar) this.growth.add(Date.now(), { lost: total - this.lostSoFar });
    this.lostSoFar = total;
  }

  sealed(seal: Seal): void {
    const { host, outputs, logger } = this.options;
    const { name, bytes, events, sha256, sealed, complete, lost, reason } = seal;
    const isLost = lost !== undefined;
    const closed = `${name} ${complete ? 'closed' : 'was cut by a kill'}: ${bytes} bytes, sha256 ${sha256}`;
    const message = isLost
      ? `the file of seal ${lost} was deleted (${bytes} bytes, sha256 ${sha256}): ${reason}`
      : closed;
    if (isLost) logger.error(message);
    const document: CaptureFileDocument = {
      _id: documentId('capture', host, name),
      '@timestamp': sealed,
      message,
      event: {
        dataset: 'capture.file',
        category: ['file'],
        outcome: isLost ? 'failure' : complete ? 'success' : 'unknown',
      },
      host: { name: host },
      file: { path: name, size: bytes, hash: { sha256 } },
      waspglass: { events: Math.max(0, events), bytes, sealed: !isLost },
    };
    outputs.document(document);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.judge.stop();
    this.watch.stop();
    this.logs.stop();
    this.tracker.finish();
    this.growth.tell();
    await this.refusals.stop();
  }

  private eventAlert(alert: Alert, c: EventContext): void {
    const capture = this.options.reference(c.state.num);
    this.tell(alert, capture, this.tracker.attachAlert(c), `process ${this.pid(c)}`);
  }

  private judgeLogin(context: AuthContext, document: AuthDocument): void {
    this.judged = document;
    this.judge.judgeLogin(context);
    this.judged = undefined;
  }

  private authAlert(alert: Alert): void {
    const { session, source, waspglass } = this.judged ?? {};
    this.tell(alert, waspglass?.capture, session?.id, `address ${source?.ip ?? ''}`);
  }

  /** A flood that goes on is told again only after a while. */
  private growthAlert(alert: Alert): void {
    const now = Date.now();
    const { name } = alert.rule;
    if (now - (this.spoke.get(name) ?? Number.NEGATIVE_INFINITY) < GROWTH_PAUSE_MS) return;
    this.spoke.set(name, now);
    this.tell(alert, undefined, undefined);
  }

  private tell(alert: Alert, capture: CaptureReference | undefined, sessionId: string | undefined, actor = ''): void {
    if (this.muted) return;
    const { host, outputs } = this.options;
    const latencyMs = Date.now() - Number(alert.time / 1000n) / 1000;
    const document = alertDocument(alert, { host, capture, sessionId, latencyMs });
    outputs.document(document);
    outputs.alert(
      alert,
      {
        id: document._id,
        ...(capture && { capture }),
        ...(sessionId && { session: sessionId }),
        latency_ms: document.waspglass.latency_ms ?? 0,
      },
      actor,
    );
  }
}
