/**
 * The live stream, opened once for the whole page. Documents are handed out in small groups, so a flood of attempts costs
 * one drawing per group.
 */
import { type Item, STREAM_PATH, type StatusResponse, streamEvents } from '@waspglass/api';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { ask } from './client.ts';

const GROUP_MS = 120;
const REOPEN_MS = 2000;

export type Connection = 'connecting' | 'open' | 'lost';
type Listener = (items: readonly Item[] | 'reset') => void;

const documentListeners = new Set<Listener>();
const stateListeners = new Set<() => void>();
let connection: Connection = 'connecting';
let status: StatusResponse | undefined;
let waiting: Item[] = [];
let source: EventSource | undefined;
let last = '';

/** Opens the stream; later calls change nothing. */
export function openLive(): void {
  if (source !== undefined) return;
  source = new EventSource(last === '' ? STREAM_PATH : `${STREAM_PATH}?after=${last}`);
  source.addEventListener('open', () => {
    setConnection('open');
    // What was stored between a page's first request and now is known to neither.
    if (last === '') for (const listener of documentListeners) listener('reset');
  });
  source.addEventListener('error', () => lost());
  source.addEventListener(streamEvents.status, (event) => {
    status = JSON.parse(event.data) as StatusResponse;
    tell();
  });
  source.addEventListener(streamEvents.document, (event) => {
    last = event.lastEventId;
    if (waiting.length === 0) setTimeout(deliver, GROUP_MS);
    waiting.push(JSON.parse(event.data) as Item);
  });
  source.addEventListener(streamEvents.reset, (event) => {
    last = event.lastEventId;
    for (const listener of documentListeners) listener('reset');
  });
}

/** The browser reopens a broken connection by itself, but not one that was refused. */
function lost(): void {
  setConnection('lost');
  if (source?.readyState !== EventSource.CLOSED) return;
  source = undefined;
  setTimeout(() => {
    // A refusal may be the end of the log-in: this request finds out.
    ask('status', {}, {}).then(openLive, openLive);
  }, REOPEN_MS);
}

function deliver(): void {
  const items = waiting;
  waiting = [];
  for (const listener of documentListeners) listener(items);
}

function setConnection(next: Connection): void {
  connection = next;
  tell();
}

function tell(): void {
  for (const listener of stateListeners) listener();
}

function onState(listener: () => void): () => void {
  stateListeners.add(listener);
  return () => stateListeners.delete(listener);
}

export function useConnection(): Connection {
  return useSyncExternalStore(onState, () => connection);
}

export function useStatus(): StatusResponse | undefined {
  return useSyncExternalStore(onState, () => status);
}

/** Calls `listener` with what was stored while the component is shown. */
export function useDocuments(listener: Listener): void {
  const current = useRef(listener);
  current.current = listener;
  useEffect(() => {
    const forward: Listener = (items) => current.current(items);
    documentListeners.add(forward);
    return () => {
      documentListeners.delete(forward);
    };
  }, []);
}
