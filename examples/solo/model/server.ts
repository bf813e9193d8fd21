// The example model as an HTTP server for the loopback address. It trusts nobody but the holder of its secret: the gateway.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { loadAnalyser, type Analyse } from './analyse.ts';
import { answer, carriesSecret, refuse } from './answer.ts';

/** Limit of one body, and of one line of a stream. A stream as a whole may be endless. */
export const MAX_TEXT_BYTES = 64 * 1024;

const questionSchema = z.strictObject({ text: z.string().min(1) });

type Question = { readonly text: string } | 'invalid' | 'too_large';
type Route = {
  readonly method: string;
  readonly run: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
};

/** Makes the server; the caller listens. Takes the secret that each call (but `GET /healthz`) must carry as a bearer. */
export function createModelServer(secret: string): Server {
  if (secret.length < 16) throw new Error('The secret of the model is too short: use 16 characters or more');
  const routes = modelRoutes(loadAnalyser());
  const server = createServer(
    { requestTimeout: 0, headersTimeout: 10_000, maxHeaderSize: 8 * 1024 },
    (request, response) => {
      handle(routes, secret, request, response).catch(() => response.destroy());
    },
  );
  return server;
}

async function handle(
  routes: ReadonlyMap<string, Route>,
  secret: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  if (path === '/healthz' && request.method === 'GET') return answer(response, { status: 'ok' });
  if (!carriesSecret(request.headers.authorization, secret)) {
    return refuse(response, 'unauthorized', { 'www-authenticate': 'Bearer' });
  }
  const route = routes.get(path);
  if (route === undefined) return refuse(response, 'not_found');
  if (request.method !== route.method) return refuse(response, 'method_not_allowed', { allow: route.method });
  return route.run(request, response);
}

function modelRoutes(analyse: Analyse): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ['/v1/analyse', { method: 'POST', run: (request, response) => analyseOnce(analyse, request, response) }],
    ['/v1/analyse/stream', { method: 'POST', run: (request, response) => analyseStream(analyse, request, response) }],
  ]);
}

async function analyseOnce(analyse: Analyse, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!hasType(request, 'application/json')) return refuse(response, 'unsupported_media_type');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.byteLength;
    if (bytes > MAX_TEXT_BYTES) return refuse(response, 'too_large');
    chunks.push(part);
  }
  const question = readQuestion(Buffer.concat(chunks).toString('utf8'));
  if (typeof question === 'string') return refuse(response, question === 'invalid' ? 'invalid_request' : 'too_large');
  answer(response, analyse(question.text));
}

/** One question a line in, one answer a line out, each as soon as its line is whole. A bad line is answered, not fatal. */
async function analyseStream(analyse: Analyse, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!hasType(request, 'application/jsonl') && !hasType(request, 'application/x-ndjson')) {
    return refuse(response, 'unsupported_media_type');
  }
  response.writeHead(200, { 'content-type': 'application/jsonl', 'cache-control': 'no-store' });
  response.flushHeaders();
  for await (const line of linesOf(request)) {
    const question = line === 'too_large' ? line : readQuestion(line.text);
    const result = typeof question === 'string' ? { error: question } : analyse(question.text);
    if (!response.write(`${JSON.stringify(result)}\n`)) await drained(response);
    if (question === 'too_large' || response.destroyed) break;
  }
  response.end();
}

async function* linesOf(request: IncomingMessage): AsyncGenerator<{ readonly text: string } | 'too_large'> {
  let pending = Buffer.alloc(0);
  for await (const chunk of request) {
    pending = Buffer.concat([pending, Buffer.from(chunk)]);
    for (let end = pending.indexOf(10); end !== -1; end = pending.indexOf(10)) {
      const text = pending.subarray(0, end).toString('utf8');
      pending = pending.subarray(end + 1);
      if (text.trim() !== '') yield { text };
    }
    if (pending.byteLength > MAX_TEXT_BYTES) return yield 'too_large';
  }
  if (pending.byteLength > 0) yield { text: pending.toString('utf8') };
}

function readQuestion(text: string): Question {
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) return 'too_large';
  try {
    return questionSchema.safeParse(JSON.parse(text)).data ?? 'invalid';
  } catch {
    return 'invalid';
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

function hasType(request: IncomingMessage, type: string): boolean {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() === type;
}
