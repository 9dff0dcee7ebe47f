/** The collector: queue → store → API and console, in one process that needs no privileges. */
import { resolve } from 'node:path';
import type { Health, StatusResponse } from '@waspglass/api';
import { type Logger, messageOf, silentLogger, systemCode } from '@waspglass/kit';
import { openSqliteStore, type Store } from '@waspglass/store';
import type { FastifyInstance } from 'fastify';
import { Access } from './access.ts';
import { fail } from './errors.ts';
import { createHandlers } from './handlers.ts';
import { Ingest } from './ingest.ts';
import { createServer } from './server.ts';
import { StreamHub } from './stream.ts';

/** What only the machine's other processes know. */
export interface MachineStatus {
  readonly victim: Health;
  readonly sensor: Health;
  /** Totals that may be ahead of the documents. */
  readonly lostEvents?: number;
  readonly droppedPackets?: number;
}

export interface CollectorOptions {
  readonly storeDirectory: string;
  readonly documentsDirectory: string;
  readonly consoleDirectory: string;
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  /** A one-time token that is good from the start. */
  readonly token?: string;
  /** Where `mintLoginToken` leaves tokens. */
  readonly runDirectory?: string;
  /** Names under which the console may be reached besides addresses and localhost. */
  readonly hostNames?: readonly string[];
  /** Command that prints a new link. */
  readonly loginHelp?: string;
  /** ms after which a page that does not read its stream is cut. */
  readonly slowStreamMs?: number;
  readonly status?: () => MachineStatus | Promise<MachineStatus>;
  readonly logger?: Logger;
}

export interface Collector {
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

const STATUS_MS = 1000;
const UNKNOWN: MachineStatus = { victim: 'unknown', sensor: 'unknown' };

/** Starts everything; resolves once the console can be opened. */
export async function runCollector(options: CollectorOptions): Promise<Collector> {
  const { host = '127.0.0.1', port, logger = silentLogger } = options;
  const store = openSqliteStore(options.storeDirectory);
  const hub = new StreamHub(store, logger, options.slowStreamMs);
  const undo: (() => unknown)[] = [() => store.close(), () => hub.close()];
  const close = async () => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    const access = new Access({
      directory: options.storeDirectory,
      runDirectory: options.runDirectory,
      token: options.token,
    });
    let ingest: Ingest | undefined;
    const status = () => statusOf(store, ingest, options.status, logger);
    const logout = (session: string) => {
      access.end(session);
      hub.end(session);
    };
    const server = await createServer({
      access,
      handlers: createHandlers({ store, status, logout }),
      hub,
      consoleDirectory: resolve(options.consoleDirectory),
      hostNames: (options.hostNames ?? []).map((name) => name.toLowerCase()),
      loginHelp: options.loginHelp ?? 'sudo waspglass login',
      logger,
    });
    undo.push(
      () => server.close(),
      () => hub.close(),
    );
    const url = await listen(server, host, port);
    const position = await store.position();
    ingest = new Ingest(
      { store, directory: options.documentsDirectory, logger, onStored: () => hub.notify() },
      position,
    );
    undo.push(() => ingest?.stop());
    undo.push(watchStatus(hub, status, logger));
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const reason = systemCode(error) === 'EADDRINUSE' ? 'another program uses it' : messageOf(error);
    throw fail('WG_COLLECTOR_LISTEN', { host, port, reason }, { cause: error });
  }
  const address = server.addresses()[0];
  const taken = typeof address === 'object' ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${taken}`;
}

async function statusOf(
  store: Store,
  ingest: Ingest | undefined,
  ask: CollectorOptions['status'],
  logger: Logger,
): Promise<StatusResponse> {
  const machine = await askMachine(ask, logger);
  const totals = await store.totals();
  return {
    time: Date.now(),
    victim: machine.victim,
    sensor: machine.sensor,
    lostEvents: Math.max(totals.lost, machine.lostEvents ?? 0),
    droppedPackets: Math.max(totals.droppedPackets, machine.droppedPackets ?? 0),
    events: totals.events,
    captureBytes: totals.bytes,
    attempts: totals.documents['system.auth'] ?? 0,
    logins: totals.successes,
    addresses: totals.addresses,
    sessions: totals.documents['honeypot.session'] ?? 0,
    alerts: totals.documents['falco.alerts'] ?? 0,
    skippedLines: ingest?.skipped ?? 0,
    storeProblem: ingest?.problem ?? '',
    seq: await store.lastSeq(),
  };
}

async function askMachine(ask: CollectorOptions['status'], logger: Logger): Promise<MachineStatus> {
  try {
    return (await ask?.()) ?? UNKNOWN;
  } catch (error) {
    logger.warn(`status of the machine: ${messageOf(error)}`);
    return UNKNOWN;
  }
}

/** Tells open pages when the status changes; returns what ends that. */
function watchStatus(hub: StreamHub, status: () => Promise<StatusResponse>, logger: Logger): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  const look = async () => {
    if (hub.size > 0) hub.sendStatus(await status());
  };
  const timer = setInterval(() => {
    running = running.then(look).catch((error: unknown) => logger.warn(`status: ${messageOf(error)}`));
  }, STATUS_MS);
  return () => {
    clearInterval(timer);
    return running;
  };
}
