/** A collector on a free loopback port with its own directories, and a browser-like client. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Collector, type CollectorOptions, runCollector } from '../src/index.ts';

export interface Place {
  readonly documents: string;
  readonly store: string;
  readonly run: string;
  start(options?: Partial<CollectorOptions>): Promise<Collector>;
}

export function makePlace(t: TestContext): Place {
  const root = mkdtempSync(join(tmpdir(), 'waspglass-collector-'));
  const place = { documents: join(root, 'documents'), store: join(root, 'store'), run: join(root, 'run') };
  const consoleDirectory = join(root, 'console');
  for (const directory of [place.run, join(consoleDirectory, 'assets')]) mkdirSync(directory, { recursive: true });
  writeFileSync(join(consoleDirectory, 'index.html'), '<!doctype html><title>console</title>');
  writeFileSync(join(consoleDirectory, 'assets/app-1.js'), 'export {};');
  const running: Collector[] = [];
  t.after(async () => {
    for (const collector of running) await collector.close();
    rmSync(root, { recursive: true });
  });
  const start = async (options: Partial<CollectorOptions> = {}) => {
    const collector = await runCollector({
      storeDirectory: place.store,
      documentsDirectory: place.documents,
      runDirectory: place.run,
      consoleDirectory,
      port: 0,
      token: 'first-token',
      ...options,
    });
    running.push(collector);
    return collector;
  };
  return { ...place, start };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** One request with any header, `Host` included, which `fetch` would not allow. */
export function ask(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Logs in and gives the cookie for `ask`. */
export async function login(url: string, token = 'first-token'): Promise<string> {
  const { headers } = await ask(`${url}/login?token=${token}`);
  return String(headers['set-cookie'] ?? '').split(';')[0] ?? '';
}

export interface StreamEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** Reads server-sent events into a list until closed. */
export function openStream(url: string, cookie: string, headers: Record<string, string> = {}) {
  const events: StreamEvent[] = [];
  const state = { status: 0, ended: false };
  const sent = request(`${url}/api/stream`, { headers: { cookie, ...headers }, agent: false }, (response) => {
    state.status = response.statusCode ?? 0;
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)));
        if (fields.event !== undefined)
          events.push({ event: fields.event, id: fields.id ?? '', data: fields.data ?? '' });
      }
    });
    response.on('close', () => {
      state.ended = true;
    });
  });
  sent.on('error', () => {
    state.ended = true;
  });
  sent.end();
  return { events, state, close: () => sent.destroy() };
}
