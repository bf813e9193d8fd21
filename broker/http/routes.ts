// The one table of the API: route × who may call it × whose things it touches. Everything else is derived from it:
// the app, the OpenAPI document and the generated authorisation tests.
import { z } from 'zod';
import { meViewSchema, protectedResourceSchema, signInViewSchema } from '#shared/contracts/broker-api.ts';
import { catalogViewSchema } from '#shared/contracts/catalog-view.ts';
import {
  appendBodySchema,
  appendedSchema,
  auditEpochsSchema,
  auditRecordsSchema,
  auditRotationsSchema,
  consistencyQuerySchema,
  inclusionQuerySchema,
  MAX_APPEND_BYTES,
  proofViewSchema,
  RECORD_LINES,
  recordsQuerySchema,
} from '#shared/contracts/audit-api.ts';
import { introspectionSchema, jwksSchema, tokenFormSchema } from '#shared/contracts/token-api.ts';
import { ACCESS_ROUTES } from './access-routes.ts';
import { DEVICE_ROUTES } from './device-routes.ts';
import { ERASURE_ROUTES } from './erasure-routes.ts';
import { OVERSIGHT_ROUTES } from './oversight-routes.ts';
import { PEOPLE_ROUTES } from './people-routes.ts';
import type { Route } from './route.ts';
import { RETENTION_ROUTES } from './retention-routes.ts';
import { SINK_ROUTES } from './sink-routes.ts';
import { form, json, read, write } from './route-parts.ts';

const status = (word: string) => z.object({ status: z.literal(word) });

export const ROUTES = {
  me: { ...read, path: '/v1/me', answers: { 200: meViewSchema }, summary: 'Who am I' },
  catalog: { ...read, path: '/v1/catalog', answers: { 200: catalogViewSchema }, summary: 'What may I ask for' },
  ...DEVICE_ROUTES,
  ...ACCESS_ROUTES,
  ...PEOPLE_ROUTES,
  ...OVERSIGHT_ROUTES,
  ...ERASURE_ROUTES,
  events: {
    ...read,
    path: '/v1/events',
    answers: { 200: z.string() },
    media: 'text/event-stream',
    summary: 'Server-sent events; ids are ledger sequence numbers',
  },
  auditAppend: {
    ...write,
    path: '/v1/audit/append',
    owns: 'origin',
    proof: 'enrolled_device',
    body: { ...json(appendBodySchema), bytes: MAX_APPEND_BYTES },
    answers: { 200: appendedSchema },
    summary: 'Append to the log of the device that signed the DPoP proof',
  },
  auditRecords: {
    ...read,
    path: '/v1/audit/records',
    query: recordsQuerySchema,
    answers: { 200: auditRecordsSchema },
    otherMedia: RECORD_LINES,
    summary:
      'Ledger records about me, or with origin those of my desktop; all of them for an admin. As JSON Lines those of the ledger are an export’s, byte by byte',
  },
  auditKey: {
    ...read,
    path: '/v1/audit/key',
    answers: { 200: z.string() },
    media: 'application/x-pem-file',
    summary: 'Public key of the ledger’s checkpoints (SubjectPublicKeyInfo, PEM)',
  },
  auditCheckpoint: {
    ...read,
    path: '/v1/audit/checkpoint',
    answers: { 200: z.string() },
    media: 'text/plain',
    summary: 'Newest signed checkpoint of the ledger (C2SP signed note)',
  },
  auditEpochs: {
    ...read,
    path: '/v1/audit/epochs',
    answers: { 200: auditEpochsSchema },
    summary: 'Announced restores: the records that opened the later epochs of the ledger',
  },
  auditRotations: {
    ...read,
    path: '/v1/audit/rotations',
    answers: { 200: auditRotationsSchema },
    otherMedia: RECORD_LINES,
    summary:
      'Changes of the ledger’s key, each a checkpoint that both keys signed; as JSON Lines the file `rotations` of an export',
  },
  auditInclusion: {
    ...read,
    path: '/v1/audit/proof/inclusion',
    query: inclusionQuerySchema,
    answers: { 200: proofViewSchema },
    summary: 'RFC 6962 proof that a record is in the log',
  },
  auditConsistency: {
    ...read,
    path: '/v1/audit/proof/consistency',
    query: consistencyQuerySchema,
    answers: { 200: proofViewSchema },
    summary: 'RFC 6962 proof that a log only grew',
  },
  ...RETENTION_ROUTES,
  ...SINK_ROUTES,
  signIn: {
    ...read,
    path: '/v1/sign-in',
    who: 'anyone',
    answers: { 200: signInViewSchema },
    summary: 'Where and as which client a desktop signs somebody in; 404 where nobody does (embedded)',
  },
  protectedResource: {
    ...read,
    path: '/.well-known/oauth-protected-resource',
    who: 'anyone',
    answers: { 200: protectedResourceSchema },
    summary: 'Whose tokens this API takes (RFC 9728)',
  },
  jwks: {
    ...read,
    path: '/.well-known/jwks.json',
    who: 'anyone',
    answers: { 200: jwksSchema },
    media: 'application/jwk-set+json',
    summary: 'Public keys of the access tokens',
  },
  introspect: {
    ...write,
    path: '/oauth/introspect',
    who: 'service',
    body: form(tokenFormSchema),
    answers: { 200: introspectionSchema },
    summary: 'Token introspection (RFC 7662) for resource servers',
  },
  revokeToken: {
    ...write,
    path: '/oauth/revoke',
    body: form(tokenFormSchema),
    answers: { 200: null },
    summary: 'Token revocation (RFC 7009) by its holder',
  },
  openapi: {
    ...read,
    path: '/v1/openapi.json',
    who: 'anyone',
    answers: { 200: z.record(z.string(), z.unknown()) },
    summary: 'This document',
  },
  health: { ...read, path: '/healthz', who: 'anyone', answers: { 200: status('ok') }, summary: 'The process answers' },
  ready: {
    ...read,
    path: '/readyz',
    who: 'anyone',
    answers: { 200: status('ready') },
    summary: 'The store can be written and start-up is done',
  },
  metrics: {
    ...read,
    path: '/metrics',
    who: 'service',
    answers: { 200: z.string() },
    media: 'text/plain',
    summary: 'Metrics in Prometheus text format',
  },
} as const satisfies Record<string, Route>;

export type RouteId = keyof typeof ROUTES;
export type RouteOf<K extends RouteId> = (typeof ROUTES)[K];
export type QueryOf<K extends RouteId> = RouteOf<K>['query'] extends z.ZodType ? z.output<RouteOf<K>['query']> : null;
export type BodyOf<K extends RouteId> = RouteOf<K>['body'] extends { readonly schema: infer S extends z.ZodType }
  ? z.output<S>
  : null;
