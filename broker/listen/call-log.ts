// One line a call, written when its answer is out or its caller has gone: which route, whose call, how it ended, how
// long it took. The path's pattern, never the path; nothing that the caller wrote. Every call is counted as well.
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { SubjectId } from '#shared/domain/identity.ts';
import type { EndedCall } from './call-metrics.ts';
import type { Log } from './log.ts';

/** What the API learned of a call. */
export type KnownCall = { readonly route: string; readonly subject: SubjectId | null };

export type CallLog = {
  /** Counts a call that came in, and gives its id for the answer. `route`: where the listener has only one. */
  readonly came: (response: ServerResponse, from: { readonly address: string; readonly route?: string }) => string;
  /** The same call as the API sees it. */
  readonly isRequest: (response: ServerResponse, request: Request) => void;
  readonly known: (request: Request, call: KnownCall) => void;
};

type Line = { route: string | null; subject: SubjectId | null };

/** Watchers ask every few seconds; only what is wrong with them is worth a line. */
const QUIET = new Set(['/healthz', '/readyz']);

/** `count` is told of each call, also of those that get no line. */
export function createCallLog(log: Log, count: (call: EndedCall) => void): CallLog {
  const byResponse = new WeakMap<ServerResponse, Line>();
  const byRequest = new WeakMap<Request, Line>();
  return {
    came: (response, { address, route }) => {
      const requestId = randomUUID();
      const line: Line = { route: route ?? null, subject: null };
      byResponse.set(response, line);
      const method = response.req.method ?? '';
      const startedAtMs = performance.now();
      response.once('close', () => {
        const status = response.headersSent ? response.statusCode : 0;
        const ms = Math.round((performance.now() - startedAtMs) * 10) / 10;
        count({ route: line.route, method, status, ms });
        if (status === 200 && QUIET.has(line.route ?? '')) return;
        const cut = !response.writableFinished;
        log.info('call', { requestId, method, ...line, status, ms, address, ...(cut ? { cut } : {}) });
      });
      return requestId;
    },
    isRequest: (response, request) => {
      const line = byResponse.get(response);
      if (line !== undefined) byRequest.set(request, line);
    },
    known: (request, { route, subject }) => {
      const line = byRequest.get(request);
      if (line === undefined) return;
      line.route = route;
      line.subject = subject;
    },
  };
}
