/** Alerts and receivers for the tests of outputs. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadRules, type Priority, type Rule } from '@waspglass/rules';
import type { Delivery } from '../src/index.ts';

export const HOSTILE = 'cat\n\u001b[2J\u202e"`<b>&';

const START = 1_767_323_045_123_456_789n;

export function delivery(
  n: number,
  { actor = `process ${n}`, rule = 'Shell', message = `alert ${n}`, priority = 'Warning' }: Partial<Made> = {},
): Delivery {
  const key = `${rule} ${priority}`;
  const made = rules.get(key) ?? load(rule, priority);
  rules.set(key, made);
  const time = START + BigInt(n) * 1_000_000_000n;
  return { alert: { rule: made, time, message, fields: { 'proc.name': HOSTILE }, hostname: 'trap' }, actor };
}

const rules = new Map<string, Rule>();

function load(rule: string, priority: string): Rule {
  const text = `- rule: ${rule}\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: ${priority}\n`;
  const [made] = loadRules([{ file: 'r.yaml', text }]).rules;
  if (!made) throw new Error('the rule did not load');
  return made;
}

interface Made {
  readonly actor: string;
  readonly rule: string;
  readonly message: string;
  readonly priority: Priority;
}

export interface HttpReceiver {
  readonly url: string;
  readonly bodies: string[];
  close(): Promise<void>;
}

export async function httpReceiver(
  answer: (response: ServerResponse, request: IncomingMessage, n: number) => void,
): Promise<HttpReceiver> {
  const bodies: string[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => answer(response, request, bodies.push(body)));
    request.on('error', () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/alerts`,
    bodies,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
