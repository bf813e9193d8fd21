// Answers in SCIM's own words (RFC 7644 section 3.12), also for what was refused before a handler ran.
import { ERROR_SCHEMA, SCIM_MEDIA } from '#shared/contracts/scim-api.ts';
import { problemSchema } from '#shared/contracts/problem.ts';
import type { Answer } from './answer.ts';

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export type ScimType = 'invalidFilter' | 'uniqueness' | 'mutability' | 'invalidSyntax' | 'invalidValue';

export function scimJson(body: unknown, status: 200 | 201 = 200, location?: string): Answer {
  const headers = { ...HEADERS, 'content-type': SCIM_MEDIA, ...(location === undefined ? {} : { location }) };
  return { kind: 'response', response: new Response(JSON.stringify(body), { status, headers }) };
}

export function scimNothing(): Answer {
  return { kind: 'response', response: new Response(null, { status: 204, headers: HEADERS }) };
}

export function scimError(status: number, detail: string, scimType?: ScimType): Answer {
  return { kind: 'response', response: errorResponse(status, detail, scimType) };
}

function errorResponse(status: number, detail: string, scimType?: ScimType): Response {
  const body = {
    schemas: [ERROR_SCHEMA],
    status: `${status}`,
    ...(scimType === undefined ? {} : { scimType }),
    detail,
  };
  return new Response(JSON.stringify(body), { status, headers: { ...HEADERS, 'content-type': SCIM_MEDIA } });
}

/** A problem document as a SCIM error, with the headers that say what to do. */
export async function asScimError(response: Response): Promise<Response> {
  if (response.headers.get('content-type') !== 'application/problem+json') return response;
  const { title, detail, code } = problemSchema.parse(await response.json());
  const error = errorResponse(
    response.status,
    detail === undefined ? title : `${title}: ${detail}`,
    code === 'invalid_request' ? 'invalidValue' : undefined,
  );
  for (const name of ['www-authenticate', 'retry-after', 'allow']) {
    const value = response.headers.get(name);
    if (value !== null) error.headers.set(name, value);
  }
  return error;
}
