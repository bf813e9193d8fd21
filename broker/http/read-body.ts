// Reads and parses what a caller sends. Every fault is a clear problem; no byte beyond the limit is kept.
import type { z } from 'zod';
import { SCIM_MEDIA } from '#shared/contracts/scim-api.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { problem } from './answer.ts';
import type { Route } from './route.ts';

const MEDIA = {
  json: ['application/json'],
  form: ['application/x-www-form-urlencoded'],
  // RFC 7644 section 3.1: the second is what simple clients send.
  scim: [SCIM_MEDIA, 'application/json'],
} as const;

/** Gives the parsed body, or null for a route without one. Refuses another media type, too many bytes, and what the schema refuses. */
export async function readBody(route: Route, request: Request, limitBytes: number): Promise<Result<unknown, Response>> {
  if (route.body === null) return ok(null);
  const media = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (!MEDIA[route.body.type].some((known) => known === media))
    return err(problem('unsupported_media_type', `Send ${MEDIA[route.body.type][0]}.`));
  const text = await readText(request, limitBytes);
  if (!text.ok) return text;
  const value = route.body.type === 'form' ? parseForm(text.value) : parseJson(text.value);
  return value.ok ? parse(route.body.schema, value.value) : value;
}

export function readQuery(route: Route, url: URL): Result<unknown, Response> {
  if (route.query === null) return ok(null);
  const values = parseForm(url.search);
  return values.ok ? parse(route.query, values.value) : values;
}

/** Refuses a repeated name: which of the two counts would be anybody's guess (RFC 6749, section 3.2). */
function parseForm(text: string): Result<Readonly<Record<string, string>>, Response> {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (values.has(name)) return err(problem('invalid_request', 'A parameter is given twice.'));
    values.set(name, value);
  }
  return ok(Object.fromEntries(values));
}

function parseJson(text: string): Result<unknown, Response> {
  try {
    return ok(JSON.parse(text));
  } catch {
    return err(problem('invalid_request', 'The body is not JSON.'));
  }
}

function parse(schema: z.ZodType, value: unknown): Result<unknown, Response> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const errors = parsed.error.issues
    .slice(0, 20)
    .map((issue) => ({ path: issue.path.map(String).join('.').slice(0, 200), message: issue.message.slice(0, 200) }));
  return err(problem('invalid_request', 'The request does not have the form that the API asks for.', { errors }));
}

async function readText(request: Request, limitBytes: number): Promise<Result<string, Response>> {
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) return err(tooLarge(limitBytes));
  const bytes = await readBytes(request, limitBytes);
  if (!bytes.ok) return bytes;
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes.value));
  } catch {
    return err(problem('invalid_request', 'The body is not UTF-8.'));
  }
}

async function readBytes(request: Request, limitBytes: number): Promise<Result<Uint8Array, Response>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > limitBytes) return err(tooLarge(limitBytes));
      chunks.push(chunk);
    }
  } catch {
    // The caller went away, or sent what is no body: nothing of ours broke.
    return err(problem('invalid_request', 'The body could not be read to its end.'));
  }
  return ok(Buffer.concat(chunks));
}

function tooLarge(limitBytes: number): Response {
  return problem('payload_too_large', `At most ${limitBytes} bytes.`);
}
