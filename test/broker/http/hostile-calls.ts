// Calls that a hostile or broken client could make: valid ones with something wrong, and plain noise. For fast-check.
import fc from 'fast-check';
import { z } from 'zod';
import type { RouteId } from '#broker/http/routes.ts';
import { bodyOf, NO_THINGS, ROUTE_IDS, routeOf, urlOf, type Things } from './calls.ts';

export type Shot = {
  readonly route: RouteId;
  readonly user: string | null;
  readonly method: string | null;
  readonly path: string | null;
  readonly id: 'real' | 'none' | { readonly odd: string };
  readonly query: string | null;
  readonly body: Body;
  readonly headers: readonly (readonly [string, string])[];
  /** Sign a proof: for this call, for another URL, or none. */
  readonly proof: 'good' | 'other-url' | 'none';
};

type Body =
  | { readonly kind: 'valid' }
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'stream'; readonly chunks: number; readonly fails: boolean }
  /** Members put over those of the valid body, as JSON text: doubled and `__proto__` members survive. */
  | {
      readonly kind: 'members';
      readonly members: readonly (readonly [string | number, string])[];
      readonly keep: boolean;
    };

const ODD_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff\ud800',
  '\u202e\u2066evil',
  '../../etc/passwd',
  "'; drop table requests; --",
  '__proto__',
  'constructor',
  'toString',
  'dataset:__proto__',
  'dataset:weather',
  'PT1H',
  'P99999DT999999H',
  'PT0S',
  '-PT1H',
  '2026-11-24T09:30:00Z',
  '9999-12-31T23:59:59.999999999+23:59',
  '0000-01-01T00:00:00Z',
  '0'.repeat(64),
  'é'.repeat(2000),
  '€'.repeat(2000),
  '\u0001'.repeat(2000),
  '\\"'.repeat(1000),
  '😀'.repeat(1000),
  'x'.repeat(5000),
  'req_AAAAAAAAAAAAAAAAAAAAAA',
  'grt_AAAAAAAAAAAAAAAAAAAAAA',
];
const ODD_JSON = [
  'null',
  'true',
  '-1',
  '1e999',
  '1e-999',
  '-0',
  '99999999999999999999999',
  '[]',
  '{}',
  '[null]',
  '["read","read"]',
  '["read_pii","read"]',
  '["__proto__"]',
  '{"__proto__":{"admin":true}}',
  '{"actions":[],"duration":"PT1H"}',
  '{"duration":"P99999D"}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '"\\ud800"',
  '['.repeat(3000) + ']'.repeat(3000),
  '{"a":'.repeat(3000) + '1' + '}'.repeat(3000),
];
const MEMBER_NAMES = [
  ...['resource', 'actions', 'purpose', 'justification', 'ticket', 'duration', 'startAt', 'endsWith', 'extends'],
  ...['bundleId', 'answer', 'scopeHash', 'reason', 'narrowTo', 'typed', 'collectId', 'token', 'token_type_hint'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '', 'subject', 'admin', 'person'],
];
const QUERY_NAMES = ['dryRun', 'state', 'role', 'after', 'limit', 'of', 'sequence', 'size', 'from', 'to', '__proto__'];
const HEADER_NAMES = [
  ...['content-type', 'content-length', 'content-encoding', 'transfer-encoding', 'dpop', 'idempotency-key'],
  ...['last-event-id', 'accept', 'authorization', 'x-forwarded-for', 'x-http-method-override', 'host', 'cookie'],
];
const ODD_HEADERS = [
  ...['', ' ', 'null', '-1', '0', '1', '99999999999999999999', '9999999999999999', 'NaN', '[object Object]'],
  ...['application/json', 'application/json; charset=utf-7', 'APPLICATION/JSON', 'text/plain', 'multipart/form-data'],
  ...['application/x-www-form-urlencoded', 'gzip', 'PUT', 'a'.repeat(8000), '\u00ff\u00fe', 'a.b.c', 'e30.e30.e30'],
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6Im5vbmUifQ.e30.',
];
const ODD_PATHS = ['/', '//', '/v1', '/v1/', '/v1/requests/', '/v1/requests/%', '/v1/requests/%ff%fe', '/v1/%2e%2e/me'];

const usually = <T>(common: T, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 11, arbitrary: fc.constant(common) }, { weight: 1, arbitrary: odd });
const oddText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);
const json = fc.oneof(
  { weight: 5, arbitrary: oddText.map((text) => JSON.stringify(text)) },
  { weight: 2, arbitrary: fc.constantFrom(...ODD_JSON) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)) },
);
/** A number stands for a member that the route's own schema knows. */
const memberName = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom(...MEMBER_NAMES) },
);
const body: fc.Arbitrary<Body> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'valid' } as const) },
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('members' as const),
      members: fc.array(fc.tuple(memberName, json), { minLength: 1, maxLength: 3 }),
      keep: usually(true, fc.constant(false)),
    }),
  },
  { weight: 2, arbitrary: json.map((text) => ({ kind: 'text', text }) as const) },
  { weight: 1, arbitrary: oddText.map((text) => ({ kind: 'text', text }) as const) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => ({ kind: 'bytes', bytes }) as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'none' } as const) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('stream' as const),
      chunks: fc.integer({ min: 0, max: 12 }),
      fails: fc.boolean(),
    }),
  },
);
const query = fc
  .array(
    fc.tuple(fc.constantFrom(...QUERY_NAMES), fc.oneof(fc.constantFrom('true', '1', '-1', '1e3', '0x1'), oddText)),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&')}`);

export const shots: fc.Arbitrary<Shot> = fc.record({
  route: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...ROUTE_IDS) },
    { weight: 5, arbitrary: fc.constantFrom(...ROUTE_IDS.filter((id) => routeOf(id).body !== null)) },
  ),
  // Mostly somebody who gets past the door.
  user: usually<string | null>('ana', fc.constantFrom('sam', 'lee', 'warehouse', 'mallory', '__proto__', null)),
  method: usually<string | null>(
    null,
    fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY'),
  ),
  path: usually<string | null>(
    null,
    fc.oneof(
      fc.constantFrom(...ODD_PATHS),
      fc.webPath({ size: 'small' }).map((path) => `/v1${path}`),
    ),
  ),
  id: usually<Shot['id']>(
    'real',
    fc.oneof(
      fc.constant('none' as const),
      oddText.map((odd) => ({ odd })),
    ),
  ),
  query: usually<string | null>(null, query),
  body,
  headers: usually<Shot['headers']>(
    [],
    fc.array(
      fc.tuple(
        fc.constantFrom(...HEADER_NAMES),
        fc.oneof(fc.constantFrom(...ODD_HEADERS), fc.string({ maxLength: 30 })),
      ),
      { maxLength: 3 },
    ),
  ),
  proof: usually<Shot['proof']>('good', fc.constantFrom('other-url', 'none')),
});

export function urlOfShot(shot: Shot, real: Things): URL {
  const things = shot.id === 'real' ? real : shot.id === 'none' ? NO_THINGS : { ...NO_THINGS, id: well(shot.id.odd) };
  const url = new URL(urlOf(shot.route, things));
  if (shot.path !== null) return new URL(`${url.origin}${shot.path.startsWith('//') ? '/.//' : shot.path}`);
  if (shot.query !== null) url.search = shot.query;
  return url;
}

/** A URL cannot carry a lone surrogate, and an empty or dotted id would name another route. */
function well(text: string): string {
  return /^\.{0,2}$/.test(text) ? 'dots' : text.toWellFormed();
}

export function payloadOf(
  shot: Shot,
  real: Things,
  form: boolean,
): string | Uint8Array<ArrayBuffer> | ReadableStream | null {
  const valid = bodyOf(shot.route, real);
  switch (shot.body.kind) {
    case 'none':
      return null;
    case 'valid':
      if (valid === null) return null;
      return form ? new URLSearchParams(valid as Record<string, string>).toString() : JSON.stringify(valid);
    case 'text':
      return shot.body.text;
    case 'bytes':
      return new Uint8Array(shot.body.bytes);
    case 'stream':
      return chunked(shot.body.chunks, shot.body.fails);
    case 'members': {
      const kept = shot.body.keep && valid !== null ? Object.entries(valid) : [];
      const known = knownMembers(shot.route);
      const odd = shot.body.members.map(([name, text]): [string, string] => [
        typeof name === 'string' ? name : (known[name % Math.max(1, known.length)] ?? ''),
        text,
      ]);
      const over = new Set(odd.map(([name]) => name));
      const members = [
        ...kept
          .filter(([name]) => !over.has(name))
          .map(([name, value]): [string, string] => [name, JSON.stringify(value)]),
        ...odd,
      ];
      if (form)
        return members.map(([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`).join('&');
      return `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
    }
  }
}

function knownMembers(route: RouteId): readonly string[] {
  const schema = routeOf(route).body?.schema;
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** A body without a declared length, larger than the limit for more than eight chunks. */
function chunked(chunks: number, fails: boolean): ReadableStream {
  let left = chunks;
  return new ReadableStream({
    pull: (controller) => {
      left -= 1;
      if (left >= 0) controller.enqueue(new Uint8Array(8192).fill(0x20));
      else if (fails) controller.error(new Error('the client went away'));
      else controller.close();
    },
  });
}
