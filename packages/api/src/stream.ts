/**
 * The live stream, `GET /api/stream?after=SEQ` as server-sent events:
 * - `document`: an `Item`, its `seq` as the event's id; passwords withheld, terminal data left out.
 * - `status`: a `StatusResponse`, when something in it changed.
 * - `reset`: too much was missed; load anew and go on from the id given.
 * The browser resumes by itself with `Last-Event-ID`.
 */
export const STREAM_PATH = '/api/stream';
export const streamEvents = { document: 'document', status: 'status', reset: 'reset' } as const;

/** ms between two comments that keep the connection open. */
export const HEARTBEAT_MS = 10_000;
