// How the example model says no, and how it compares the secret it demands. Never repeats what the caller sent.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';

export const PROBLEMS = {
  unauthorized: { status: 401, title: 'The model demands its own secret' },
  not_found: { status: 404, title: 'There is no such route' },
  method_not_allowed: { status: 405, title: 'This route takes another method' },
  too_large: { status: 413, title: 'The text is too large' },
  unsupported_media_type: { status: 415, title: 'Send application/json, or application/jsonl to a stream' },
  invalid_request: { status: 422, title: 'Send an object with one text: {"text": "…"}' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Answers with a problem (RFC 9457), and closes the connection, since the body may be unread. */
export function refuse(response: ServerResponse, code: ProblemCode, headers: Record<string, string> = {}): void {
  const { status, title } = PROBLEMS[code];
  response.writeHead(status, { 'content-type': 'application/problem+json', connection: 'close', ...headers });
  response.end(`${JSON.stringify({ type: 'about:blank', title, status, code })}\n`);
}

export function answer(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}

/** Whether an Authorization header carries the secret. Takes the same time wherever the two differ. */
export function carriesSecret(authorization: string | undefined, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${secret}`));
}
