// The one table of the API: route × who may call it × whose things it touches. Everything else is derived from it:
// the app, the OpenAPI document and the generated authorisation tests.
import { z } from 'zod';
import {
  answerBodySchema,
  auditRecordsSchema,
  catalogViewSchema,
  collectBodySchema,
  collectedViewSchema,
  confirmBodySchema,
  consistencyQuerySchema,
  deviceViewSchema,
  dryRunViewSchema,
  grantListSchema,
  grantViewSchema,
  inclusionQuerySchema,
  introspectFormSchema,
  listGrantsQuerySchema,
  listRequestsQuerySchema,
  meViewSchema,
  proofViewSchema,
  recordsQuerySchema,
  requestListSchema,
  requestViewSchema,
  revokeBodySchema,
  submitBodySchema,
  submitQuerySchema,
} from '#shared/contracts/broker-api.ts';

/** Who may call: anybody, anybody who is known, or a service that owns resources. */
export type Who = 'anyone' | 'principal' | 'service';

/**
 * Whose thing the `{id}` must be; for everybody else it is 404.
 * `request_party`: requester, eligible or answered approver, admin. `approver`: eligible, never the requester (403).
 * `requester`: the requester alone. `holder`: the grant's subject alone. `revoker`: owner of the resource or admin.
 */
export type Owns = 'nothing' | 'request_party' | 'requester' | 'approver' | 'holder' | 'revoker';

export type Route = {
  readonly method: 'GET' | 'POST';
  readonly path: `/${string}`;
  readonly who: Who;
  readonly owns: Owns;
  /** A DPoP proof (RFC 9449) by an enrolled device key, or by a key that enrols itself with it. */
  readonly proof: 'none' | 'enrolled_device' | 'new_device';
  readonly query: z.ZodType | null;
  readonly body: { readonly type: 'json' | 'form'; readonly schema: z.ZodType } | null;
  /** Null: not JSON (an event stream, text, or nothing). */
  readonly answer: z.ZodType | null;
  readonly status: 200 | 201;
  readonly summary: string;
};

const read = {
  method: 'GET',
  who: 'principal',
  owns: 'nothing',
  proof: 'none',
  query: null,
  body: null,
  answer: null,
  status: 200,
} as const;
const write = { ...read, method: 'POST' } as const;
const json = <S extends z.ZodType>(schema: S): { readonly type: 'json'; readonly schema: S } => ({
  type: 'json',
  schema,
});
const form = <S extends z.ZodType>(schema: S): { readonly type: 'form'; readonly schema: S } => ({
  type: 'form',
  schema,
});

export const ROUTES = {
  me: { ...read, path: '/v1/me', answer: meViewSchema, summary: 'Who am I' },
  catalog: { ...read, path: '/v1/catalog', answer: catalogViewSchema, summary: 'What may I ask for' },
  enrolDevice: {
    ...write,
    path: '/v1/devices',
    proof: 'new_device',
    answer: deviceViewSchema,
    status: 201,
    summary: 'Enrol the device key that signed the DPoP proof',
  },
  submit: {
    ...write,
    path: '/v1/requests',
    proof: 'enrolled_device',
    query: submitQuerySchema,
    body: json(submitBodySchema),
    answer: z.union([requestViewSchema, dryRunViewSchema]),
    status: 201,
    summary: 'Ask for access; with dryRun=true only say what the decision would be',
  },
  listRequests: {
    ...read,
    path: '/v1/requests',
    query: listRequestsQuerySchema,
    answer: requestListSchema,
    summary: 'My requests, or those that wait for me',
  },
  getRequest: {
    ...read,
    path: '/v1/requests/:id',
    owns: 'request_party',
    answer: requestViewSchema,
    summary: 'One request',
  },
  answer: {
    ...write,
    path: '/v1/requests/:id/approvals',
    owns: 'approver',
    body: json(answerBodySchema),
    answer: requestViewSchema,
    summary: 'Approve, possibly narrower, or reject',
  },
  withdraw: {
    ...write,
    path: '/v1/requests/:id/withdraw',
    owns: 'requester',
    answer: requestViewSchema,
    summary: 'Take a request back',
  },
  confirm: {
    ...write,
    path: '/v1/requests/:id/confirm',
    owns: 'requester',
    body: json(confirmBodySchema),
    answer: requestViewSchema,
    summary: 'Confirm for yourself (embedded broker only)',
  },
  collect: {
    ...write,
    path: '/v1/requests/:id/collect',
    owns: 'requester',
    proof: 'enrolled_device',
    body: json(collectBodySchema),
    answer: collectedViewSchema,
    summary: 'Turn an approved request into a grant and its credential',
  },
  listGrants: {
    ...read,
    path: '/v1/grants',
    query: listGrantsQuerySchema,
    answer: grantListSchema,
    summary: 'My grants, or those that I may revoke',
  },
  release: {
    ...write,
    path: '/v1/grants/:id/release',
    owns: 'holder',
    answer: grantViewSchema,
    summary: 'Done: end my grant now',
  },
  revoke: {
    ...write,
    path: '/v1/grants/:id/revoke',
    owns: 'revoker',
    body: json(revokeBodySchema),
    answer: grantViewSchema,
    summary: 'End somebody’s grant, with a reason',
  },
  events: { ...read, path: '/v1/events', summary: 'Server-sent events; ids are ledger sequence numbers' },
  auditRecords: {
    ...read,
    path: '/v1/audit/records',
    query: recordsQuerySchema,
    answer: auditRecordsSchema,
    summary: 'Ledger records about me; all of them for an admin',
  },
  auditCheckpoint: {
    ...read,
    path: '/v1/audit/checkpoint',
    summary: 'Newest signed checkpoint of the ledger (C2SP signed note)',
  },
  auditInclusion: {
    ...read,
    path: '/v1/audit/proof/inclusion',
    query: inclusionQuerySchema,
    answer: proofViewSchema,
    summary: 'RFC 6962 proof that a record is in the log',
  },
  auditConsistency: {
    ...read,
    path: '/v1/audit/proof/consistency',
    query: consistencyQuerySchema,
    answer: proofViewSchema,
    summary: 'RFC 6962 proof that a log only grew',
  },
  jwks: { ...read, path: '/.well-known/jwks.json', who: 'anyone', summary: 'Public keys of the access tokens' },
  introspect: {
    ...write,
    path: '/oauth/introspect',
    who: 'service',
    body: form(introspectFormSchema),
    summary: 'Token introspection (RFC 7662) for resource servers',
  },
  revokeToken: {
    ...write,
    path: '/oauth/revoke',
    body: form(introspectFormSchema),
    summary: 'Token revocation (RFC 7009) by its holder',
  },
  openapi: { ...read, path: '/v1/openapi.json', who: 'anyone', summary: 'This document' },
  health: { ...read, path: '/healthz', who: 'anyone', summary: 'The process answers' },
  ready: { ...read, path: '/readyz', who: 'anyone', summary: 'The store can be written and start-up is done' },
  metrics: { ...read, path: '/metrics', who: 'service', summary: 'Metrics in Prometheus text format' },
} as const satisfies Record<string, Route>;

export type RouteId = keyof typeof ROUTES;
export type RouteOf<K extends RouteId> = (typeof ROUTES)[K];
export type QueryOf<K extends RouteId> = RouteOf<K>['query'] extends z.ZodType ? z.output<RouteOf<K>['query']> : null;
export type BodyOf<K extends RouteId> = RouteOf<K>['body'] extends { readonly schema: infer S extends z.ZodType }
  ? z.output<S>
  : null;
