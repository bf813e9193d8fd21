// The API's listener: takes HTTP calls, says who calls from where, hands them to the broker and sends its answers.
// Decides nothing: who may do what is the broker's.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DurationMs } from '#shared/domain/time.ts';
import { oneAtATime } from '#broker/gateway/one-at-a-time.ts';
import { startListening } from '#broker/gateway/start-listening.ts';
import { problem } from '#broker/http/answer.ts';
import type { Caller } from '#broker/identity/caller.ts';
import type { CallLog } from './call-log.ts';
import { API_SERVER_OPTIONS, endSilence, type Servers } from './open-server.ts';
import { remoteAddressOf, type TrustedProxies } from './remote-address.ts';
import { sendResponse } from './send-response.ts';
import { toRequest } from './to-request.ts';

export type Fetch = (request: Request, caller: Caller) => Promise<Response>;

export type ApiOptions = {
  readonly address: { readonly host: string; readonly port: number };
  /** Absent: the address itself. */
  readonly publicUrl: string | undefined;
  readonly secure: boolean;
  readonly servers: Servers;
  readonly proxies: TrustedProxies;
  readonly calls: CallLog;
  readonly onTrouble: (error: unknown, where: string) => void;
};

export type ApiListener = {
  readonly publicUrl: string;
  readonly port: number;
  /** From now on calls are answered; until then with 503. */
  readonly serve: (fetch: Fetch) => void;
  /** Each answer from now on ends its connection. */
  readonly drain: () => void;
  /** Takes no more connections, waits for running calls, and after the limit cuts them. */
  readonly close: (limitMs: DurationMs) => Promise<void>;
};

const SWEEP_MS = 50;

/** Listens at once. Throws a GatewayListenError when the port is not to be had. */
export async function listenApi(options: ApiOptions): Promise<ApiListener> {
  let fetch: Fetch = () => Promise.resolve(problem('unavailable', 'The broker is starting.'));
  let draining = false;
  let publicUrl = options.publicUrl ?? '';
  let hostNames: ReadonlySet<string> = new Set();
  const server = options.servers.open(API_SERVER_OPTIONS);
  endSilence(server);
  const handle = (message: IncomingMessage, response: ServerResponse): void => {
    void answerCall(message, response, { ...options, fetch, publicUrl, hostNames, isDraining: () => draining });
  };
  const inTurn = oneAtATime();
  server.on('request', inTurn(handle));
  // The whole body is wanted, or the answer says why not.
  server.on(
    'checkContinue',
    inTurn((message, response) => {
      response.writeContinue();
      handle(message, response);
    }),
  );
  const port = await startListening(server, options.address);
  const { host } = options.address;
  const own = `${options.secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  publicUrl ||= own;
  const isLocal = /^(?:127\.|::1$|localhost$)/.test(host);
  hostNames = new Set([new URL(publicUrl).host, ...(isLocal ? [new URL(own).host, `localhost:${port}`] : [])]);
  return {
    publicUrl,
    port,
    serve: (answer) => {
      fetch = answer;
    },
    drain: () => {
      draining = true;
    },
    close: async (limitMs) => {
      draining = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      // A stream that began before ends later, and its connection would then wait for another call.
      const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
      const limit = setTimeout(() => server.closeAllConnections(), limitMs);
      await closed;
      clearInterval(sweep);
      clearTimeout(limit);
    },
  };
}

type Answering = ApiOptions & {
  readonly publicUrl: string;
  readonly hostNames: ReadonlySet<string>;
  readonly fetch: Fetch;
  readonly isDraining: () => boolean;
};

/** Never rejects. */
async function answerCall(message: IncomingMessage, response: ServerResponse, options: Answering): Promise<void> {
  const gone = new AbortController();
  response.on('error', () => undefined);
  message.on('error', () => undefined);
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  const forwardedFor = message.headers['x-forwarded-for'];
  const address = remoteAddressOf(
    message.socket.remoteAddress,
    Array.isArray(forwardedFor) ? forwardedFor.join(',') : forwardedFor,
    options.proxies,
  );
  const requestId = options.calls.came(response, { address });
  try {
    const request = toRequest(message, { ...options, signal: gone.signal });
    if (request.ok) options.calls.isRequest(response, request.value);
    const answer = request.ok
      ? await options.fetch(request.value, {
          kind: 'http',
          authorization: message.headers.authorization ?? null,
          remoteAddress: address,
        })
      : problem(request.error);
    await sendResponse(response, answer, {
      headers: { ...safetyHeaders(options.publicUrl), 'x-request-id': requestId },
      last: options.isDraining(),
    });
  } catch (error) {
    // A caller who went away is no trouble of ours.
    if (!gone.signal.aborted) options.onTrouble(error, 'answer');
    response.destroy();
  }
}

function safetyHeaders(publicUrl: string): Readonly<Record<string, string>> {
  return {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    // A name, once reached by TLS, is not to be reached without (RFC 6797).
    ...(publicUrl.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}
