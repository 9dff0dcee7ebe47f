/** The HTTP server: guard, log-in, routes of the contract, stream, console files. Knows nothing of queues. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import {
  type ApiErrorCode,
  limits,
  type QueryTable,
  type Route,
  type RouteName,
  readQuery,
  routes,
  STREAM_PATH,
} from '@waspglass/api';
import { type Logger, messageOf, WaspglassError } from '@waspglass/kit';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Access, SESSION_SECONDS } from './access.ts';
import { fail } from './errors.ts';
import { hostAllowed, originAllowed, readCookie, securityHeaders, setSecurityHeaders, wantsPage } from './guard.ts';
import type { Handlers } from './handlers.ts';
import { readToken } from './login-token.ts';
import { PAGE_CSP, page } from './pages.ts';
import type { StreamHub } from './stream.ts';

export interface ServerOptions {
  readonly access: Access;
  readonly handlers: Handlers;
  readonly hub: StreamHub;
  readonly consoleDirectory: string;
  readonly hostNames: readonly string[];
  readonly loginHelp: string;
  readonly logger: Logger;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Hash of the log-in; '' before one. */
    login: string;
  }
}

const LOGIN_PATH = '/login';

export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  if (!existsSync(join(options.consoleDirectory, 'index.html'))) {
    throw fail('WG_COLLECTOR_NO_CONSOLE', {}, { at: { file: options.consoleDirectory } });
  }
  const server = fastify({
    logger: false,
    trustProxy: false,
    bodyLimit: 16_384,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: limits.text * 3 },
    frameworkErrors: (_error, _request, reply) => {
      setSecurityHeaders(reply);
      sendError(reply, 400, 'bad_request', 'the address of this request cannot be read');
    },
  });
  server.decorateRequest('login', '');
  answerErrors(server, options.logger);
  guardAll(server, options);
  addLogin(server, options);
  for (const name of Object.keys(routes) as RouteName[]) addRoute(server, name, options);
  addStream(server, options);
  await addConsole(server, options);
  return server;
}

/** The cookie's name holds the port: cookies are shared between the ports of a host, log-ins are not. */
function cookieName(request: FastifyRequest): string {
  return `waspglass_${request.socket.localPort ?? 0}`;
}

function guardAll(server: FastifyInstance, { access, hostNames, loginHelp }: ServerOptions): void {
  server.addHook('onRequest', async (request, reply) => {
    setSecurityHeaders(reply);
    if (!hostAllowed(request.headers.host, hostNames)) {
      return sendError(reply, 403, 'forbidden', 'this host name is not the console’s; use its address or localhost');
    }
    if (!originAllowed(request)) return sendError(reply, 403, 'forbidden', 'this request comes from another site');
    if (request.routeOptions.url === LOGIN_PATH) return undefined;
    const secret = readCookie(request.headers.cookie, cookieName(request));
    request.login = (secret === undefined ? undefined : access.check(secret)) ?? '';
    return request.login === '' ? refuse(request, reply, loginHelp) : undefined;
  });
}

function refuse(request: FastifyRequest, reply: FastifyReply, loginHelp: string): FastifyReply {
  if (!wantsPage(request))
    return sendError(reply, 401, 'unauthorized', `not logged in; for a new link run: ${loginHelp}`);
  return sendPage(
    reply,
    401,
    page(
      'This console needs its link',
      ['A link works once and logs one browser in. On the machine that runs Waspglass, this prints a new one:'],
      loginHelp,
    ),
  );
}

function addLogin(server: FastifyInstance, { access, loginHelp, logger }: ServerOptions): void {
  server.get<{ Querystring: { token?: unknown } }>(LOGIN_PATH, async (request, reply) => {
    const token = readToken(request.query.token);
    const secret = token === undefined ? undefined : access.redeem(token);
    if (secret === undefined) {
      logger.warn(`log-in to the console with a link that is not good, from ${request.ip}`);
      const text = 'It was used already, is older than a day, or was replaced by a newer one. This prints a new one:';
      return sendPage(reply, 401, page('This link does not work any more', [text], loginHelp));
    }
    logger.info(`log-in to the console from ${request.ip}`);
    const cookie = `${cookieName(request)}=${secret}; Path=/; Max-Age=${SESSION_SECONDS}; HttpOnly; SameSite=Strict`;
    return reply.header('set-cookie', cookie).redirect('/', 303);
  });
}

function addRoute<N extends RouteName>(server: FastifyInstance, name: N, { handlers }: ServerOptions): void {
  const route: Route<string, QueryTable, unknown> = routes[name];
  const handle = handlers[name] as (params: unknown, query: unknown, login: string) => Promise<unknown>;
  server.route<{ Querystring: Record<string, unknown>; Params: Record<string, string> }>({
    method: route.method,
    url: route.path,
    handler: async (request, reply) => {
      const read = readQuery(route.query, request.query);
      if ('problem' in read) return sendError(reply, 400, 'bad_request', read.problem);
      const answer = await handle(request.params, read.query, request.login);
      return answer === undefined ? sendError(reply, 404, 'not_found', 'there is no such thing (any more)') : answer;
    },
  });
}

function addStream(server: FastifyInstance, { hub }: ServerOptions): void {
  server.get<{ Querystring: { after?: unknown } }>(STREAM_PATH, async (request, reply) => {
    if (hub.size >= limits.streams) return sendError(reply, 503, 'busy', `${limits.streams} pages are open already`);
    const after = [request.headers['last-event-id'], request.query.after].find((v) => /^\d{1,15}$/.test(String(v)));
    reply.hijack();
    reply.raw.writeHead(200, {
      ...securityHeaders,
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
    });
    await hub.add(reply.raw, request.login, after === undefined ? undefined : Number(after));
    return reply;
  });
}

async function addConsole(server: FastifyInstance, { consoleDirectory }: ServerOptions): Promise<void> {
  await server.register(fastifyStatic, {
    root: consoleDirectory,
    cacheControl: false,
    dotfiles: 'ignore',
    index: ['index.html'],
    setHeaders: (response, file) => {
      const hashed = file.startsWith(join(consoleDirectory, 'assets/'));
      response.header('cache-control', hashed ? 'private, max-age=31536000, immutable' : 'no-cache');
    },
  });
  // Paths of the page itself, such as /sessions/ID, are answered by the one page that it is.
  server.setNotFoundHandler((request, reply) => {
    const isPage = request.method === 'GET' && wantsPage(request) && !request.url.startsWith('/assets/');
    if (isPage) return reply.sendFile('index.html');
    return sendError(reply, 404, 'not_found', 'there is no such address');
  });
}

function answerErrors(server: FastifyInstance, logger: Logger): void {
  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof WaspglassError && error.code === 'WG_STORE_CURSOR') {
      return sendError(reply, 400, 'bad_request', error.text);
    }
    const status = error.statusCode ?? 500;
    if (status < 500) return sendError(reply, status, 'bad_request', 'the request is not as it should be');
    const known = error instanceof WaspglassError;
    logger.error(
      `${request.method} ${request.routeOptions.url ?? '?'}: ${known ? messageOf(error) : (error.stack ?? error)}`,
    );
    return sendError(reply, 500, 'internal', 'the collector could not answer; its log says why');
  });
}

function sendError(reply: FastifyReply, status: number, code: ApiErrorCode, message: string): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send({ error: { code, message } });
}

function sendPage(reply: FastifyReply, status: number, html: string): FastifyReply {
  return reply.code(status).header('content-security-policy', PAGE_CSP).type('text/html; charset=utf-8').send(html);
}
