/**
 * Servers of the internet for tests, started inside a namespace: HTTP, HTTPS, passive FTP, DNS, and a listener for all that
 * must never arrive. Prints `ready`, then a line for each thing that reached it.
 */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer } from 'node:net';

const [directory = '', address = '', resolver = ''] = process.argv.slice(2);
const say = (...words: unknown[]) => process.stdout.write(`${words.join(' ')}\n`);
const hex = (byte: string) => Number(byte).toString(16).padStart(2, '0');
const object = readFileSync(`${directory}/object`);

const serve: RequestListener = (question, answer) => {
  say('http', question.method, question.url, question.headers.host, question.headers['user-agent']);
  if (question.url === '/endless') {
    const timer = setInterval(() => answer.write(randomBytes(65_536)), 2);
    answer.on('close', () => {
      clearInterval(timer);
      say('endless ended');
    });
  } else answer.end(object);
};

const listening: Promise<void>[] = [];
const listen = (server: { listen(port: number, host: string, done: () => void): unknown }, port: number) =>
  listening.push(new Promise((resolve) => void server.listen(port, '0.0.0.0', resolve)));

listen(createHttp(serve), 80);
listen(createHttp(serve), 8080);
listen(createHttps({ key: readFileSync(`${directory}/key`), cert: readFileSync(`${directory}/cert`) }, serve), 443);
for (const port of [22, 23, 25, 587, 6667, 31_337]) {
  listen(
    createServer((socket) => {
      say('arrived', port);
      socket.on('error', () => undefined).on('data', (data) => say('data', port, `${data}`.trim()));
      socket.write('welcome\r\n');
    }),
    port,
  );
}

listen(
  createServer((control) => {
    const data = createServer();
    let waiting: (() => void) | undefined;
    control.on('error', () => undefined).on('close', () => data.close());
    control.write('220 files\r\n');
    const answers: Record<string, () => void> = {
      USER: () => control.write('331 password\r\n'),
      PASS: () => control.write('230 in\r\n'),
      PASV: () =>
        data.listen(0, '0.0.0.0', () => {
          const port = (data.address() as { port: number }).port;
          // Another machine's address, as a bounce would have it.
          control.write(`227 Entering Passive Mode (10,0,0,1,${port >> 8},${port & 255}).\r\n`);
        }),
      EPSV: () => control.write('500 no\r\n'),
      RETR: () => {
        control.write('150 coming\r\n');
        waiting?.();
      },
      SIZE: () => control.write(`213 ${object.length}\r\n`),
    };
    data.on('connection', (socket) => {
      say('ftp data');
      waiting = () => socket.end(object, () => control.write('226 done\r\n'));
    });
    control.on('data', (chunk) => {
      for (const line of `${chunk}`.split('\r\n').filter(Boolean)) {
        say('ftp', line);
        (answers[line.split(' ')[0] ?? ''] ?? (() => control.write('200 ok\r\n')))();
      }
    });
  }),
  21,
);

const dns = createSocket('udp4', (question, { address: from, port }) => {
  const end = question.indexOf(0, 12) + 5;
  say('dns', question.toString('latin1', 12, end - 5).replace(/[^a-z0-9-]/g, '.'));
  const isAddress = question.readUInt16BE(end - 4) === 1;
  const record = Buffer.from(`c00c000100010000003c0004${address.split('.').map(hex).join('')}`, 'hex');
  const answer = Buffer.concat([question.subarray(0, end), ...(isAddress ? [record] : [])]);
  answer.writeUInt16BE(0x8180, 2);
  answer.writeUInt16BE(isAddress ? 1 : 0, 6);
  answer.writeUInt16BE(0, 10);
  dns.send(answer, port, from);
});
listening.push(new Promise((resolve) => dns.bind(53, resolver, resolve)));

await Promise.all(listening);
say('ready');
