// A typed client of the broker's API over any fetch: the embedded broker's port, or HTTP. Holds the device key's use,
// never a token for longer than a call.
import type { z } from 'zod';
import {
  collectedViewSchema,
  changedDeviceViewSchema,
  deviceViewSchema,
  dryRunViewSchema,
  grantListSchema,
  grantViewSchema,
  meViewSchema,
  requestListSchema,
  requestViewSchema,
  type AnswerBody,
  type CollectedView,
  type DryRunView,
  type GrantView,
  type MeView,
  type RequestView,
} from '../contracts/broker-api.ts';
import { catalogViewSchema, type CatalogView } from '../contracts/catalog-view.ts';
import {
  appendedSchema,
  auditEpochsSchema,
  auditRecordsSchema,
  auditRotationsSchema,
  proofViewSchema,
  type AppendBody,
  type DeviceKeyChange,
  type Appended,
  type AuditRotations,
} from '../contracts/audit-api.ts';
import { problemSchema, type Problem } from '../contracts/problem.ts';
import { urlOf } from './url-of.ts';
import { erasureCalls, type ErasureCalls } from './erasure-calls.ts';
import { oversightCalls, type OversightCalls } from './oversight-calls.ts';
import { signDeviceProof, type DeviceKey } from '../device/device-proof.ts';
import { err, ok, type Result } from '../domain/result.ts';
import { formatDuration, type Clock, type DurationMs } from '../domain/time.ts';

export type ClientOptions = {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Absolute; what DPoP proofs name. */
  readonly baseUrl: string;
  readonly deviceKey: DeviceKey;
  readonly clock: Clock;
};

/** What a person asks, in program's words: durations in milliseconds. */
export type Wish = {
  readonly resource: string;
  readonly actions: readonly string[];
  readonly purpose: string;
  readonly durationMs: DurationMs;
  readonly justification?: string;
  readonly ticket?: string;
  /** RFC 3339. */
  readonly startAt?: string;
  readonly endsWith?: 'operation';
  readonly extends?: string;
  readonly bundleId?: string;
  /** An emergency. */
  readonly breakGlass?: boolean;
};

export type Answer = Omit<AnswerBody, 'narrowTo'> & {
  readonly narrowTo?: { readonly actions?: readonly string[]; readonly durationMs?: DurationMs };
};

export type Reply<T> = Promise<Result<T, Problem>>;

export type BrokerClient = OversightCalls &
  ErasureCalls & {
    readonly me: () => Reply<MeView>;
    readonly catalog: () => Reply<CatalogView>;
    readonly enrolDevice: () => Reply<{ device: string; enrolledAt: string }>;
    /** The key of these calls takes the place of another; both signed the checkpoint. Again is the same. */
    readonly changeDeviceKey: (change: DeviceKeyChange) => Reply<z.infer<typeof changedDeviceViewSchema>>;
    /** The same calls, signed by another device key. */
    readonly under: (deviceKey: DeviceKey) => BrokerClient;
    readonly dryRun: (wish: Wish) => Reply<DryRunView>;
    /** The same key and wish give the same request again, however often it is sent. */
    readonly submit: (wish: Wish, idempotencyKey: string) => Reply<RequestView>;
    readonly requests: (query?: {
      role?: 'requester' | 'approver' | 'concerned';
      state?: string;
      after?: string;
      limit?: number;
    }) => Reply<z.infer<typeof requestListSchema>>;
    readonly request: (id: string) => Reply<RequestView>;
    readonly answer: (id: string, answer: Answer) => Reply<RequestView>;
    readonly withdraw: (id: string) => Reply<RequestView>;
    /** Reminds the approvers who have not answered. */
    readonly nudge: (id: string) => Reply<RequestView>;
    /** Takes back somebody's approved, uncollected request. */
    readonly revokeRequest: (id: string, reason: string) => Reply<RequestView>;
    readonly confirm: (id: string, scopeHash: string, typed: string) => Reply<RequestView>;
    readonly collect: (id: string, collectId: string) => Reply<CollectedView>;
    readonly grants: (query?: {
      of?: 'me' | 'revocable';
      state?: string;
      after?: string;
      limit?: number;
    }) => Reply<z.infer<typeof grantListSchema>>;
    readonly release: (id: string) => Reply<GrantView>;
    readonly revoke: (id: string, reason: string) => Reply<GrantView>;
    /** Appends to the log of this device; 409 and 422 tell in `known` what the broker has of it. */
    readonly appendAudit: (batch: AppendBody) => Reply<Appended>;
    /** Of the ledger; with `origin`, of what that desktop appended. */
    readonly records: (query?: {
      after?: number;
      limit?: number;
      origin?: string;
      epoch?: number;
    }) => Reply<z.infer<typeof auditRecordsSchema>>;
    /** The canonical records that opened later epochs of the ledger after a restore, the oldest first. */
    readonly epochs: () => Reply<z.infer<typeof auditEpochsSchema>>;
    /** Each change of the ledger's key, and the key that signs now. */
    readonly rotations: () => Reply<AuditRotations>;
    readonly consistency: (from: number, to: number) => Reply<z.infer<typeof proofViewSchema>>;
    readonly inclusion: (sequence: number, size: number) => Reply<z.infer<typeof proofViewSchema>>;
    /** The newest signed checkpoint as text. */
    readonly checkpoint: () => Reply<string>;
    /** The public key of the ledger's checkpoints as PEM. */
    readonly ledgerKey: () => Reply<string>;
  };

type Query = Readonly<Record<string, string | number | undefined>>;
type Call<T> = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Signs the call with the device key. */
  readonly proof?: boolean;
  readonly read: (response: Response) => Promise<T>;
};

export function createBrokerClient(options: ClientOptions): BrokerClient {
  const get = <S extends z.ZodType>(path: string, schema: S, query?: Query): Reply<z.infer<S>> =>
    send(options, { method: 'GET', path, read: reader(schema), ...(query === undefined ? {} : { query }) });
  const post = <S extends z.ZodType>(
    path: string,
    schema: S,
    more: Pick<Call<unknown>, 'body' | 'headers' | 'proof' | 'query'> = {},
  ): Reply<z.infer<S>> => send(options, { method: 'POST', path, read: reader(schema), ...more });
  const request = (id: string, step = ''): string => `/v1/requests/${encodeURIComponent(id)}${step}`;
  const grant = (id: string, step: string): string => `/v1/grants/${encodeURIComponent(id)}${step}`;
  return {
    ...oversightCalls({ get, post }),
    ...erasureCalls({ get, post }),
    me: () => get('/v1/me', meViewSchema),
    catalog: () => get('/v1/catalog', catalogViewSchema),
    enrolDevice: () => post('/v1/devices', deviceViewSchema, { proof: true }),
    changeDeviceKey: (body) => post('/v1/devices/change', changedDeviceViewSchema, { body, proof: true }),
    under: (deviceKey) => createBrokerClient({ ...options, deviceKey }),
    dryRun: (wish) =>
      post('/v1/requests', dryRunViewSchema, { body: wishBody(wish), proof: true, query: { dryRun: 'true' } }),
    submit: (wish, idempotencyKey) =>
      post('/v1/requests', requestViewSchema, {
        body: wishBody(wish),
        proof: true,
        headers: { 'idempotency-key': idempotencyKey },
      }),
    requests: (query) => get('/v1/requests', requestListSchema, query),
    request: (id) => get(request(id), requestViewSchema),
    answer: (id, answer) => post(request(id, '/approvals'), requestViewSchema, { body: answerBody(answer) }),
    withdraw: (id) => post(request(id, '/withdraw'), requestViewSchema),
    nudge: (id) => post(request(id, '/nudge'), requestViewSchema),
    revokeRequest: (id, reason) => post(request(id, '/revoke'), requestViewSchema, { body: { reason } }),
    confirm: (id, scopeHash, typed) => post(request(id, '/confirm'), requestViewSchema, { body: { scopeHash, typed } }),
    collect: (id, collectId) =>
      post(request(id, '/collect'), collectedViewSchema, { body: { collectId }, proof: true }),
    grants: (query) => get('/v1/grants', grantListSchema, query),
    release: (id) => post(grant(id, '/release'), grantViewSchema),
    revoke: (id, reason) => post(grant(id, '/revoke'), grantViewSchema, { body: { reason } }),
    appendAudit: (batch) => post('/v1/audit/append', appendedSchema, { body: batch, proof: true }),
    records: (query) => get('/v1/audit/records', auditRecordsSchema, query),
    epochs: () => get('/v1/audit/epochs', auditEpochsSchema),
    rotations: () => get('/v1/audit/rotations', auditRotationsSchema),
    consistency: (from, to) => get('/v1/audit/proof/consistency', proofViewSchema, { from, to }),
    inclusion: (sequence, size) => get('/v1/audit/proof/inclusion', proofViewSchema, { sequence, size }),
    checkpoint: () => send(options, text('/v1/audit/checkpoint', 'text/plain')),
    ledgerKey: () => send(options, text('/v1/audit/key', 'application/x-pem-file')),
  };
}

function text(path: string, media: string): Call<string> {
  const read = async (response: Response): Promise<string> => {
    // A page of somebody between us and the broker says nothing of it: it is no answer at all.
    if (response.headers.get('content-type')?.split(';')[0]?.trim() !== media)
      throw new TypeError(`the answer to ${path} is not ${media}`);
    return await response.text();
  };
  return { method: 'GET', path, read };
}

function reader<S extends z.ZodType>(schema: S): (response: Response) => Promise<z.infer<S>> {
  return async (response) => schema.parse(await response.json());
}

function wishBody({ durationMs, ...wish }: Wish): unknown {
  return { ...wish, duration: formatDuration(durationMs) };
}

function answerBody({ narrowTo, ...answer }: Answer): unknown {
  if (narrowTo === undefined) return answer;
  const { durationMs, actions } = narrowTo;
  return {
    ...answer,
    narrowTo: {
      ...(actions === undefined ? {} : { actions }),
      ...(durationMs === undefined ? {} : { duration: formatDuration(durationMs) }),
    },
  };
}

async function send<T>({ fetch, baseUrl, deviceKey, clock }: ClientOptions, call: Call<T>): Reply<T> {
  const url = urlOf(baseUrl, call.path);
  for (const [name, value] of Object.entries(call.query ?? {}))
    if (value !== undefined) url.searchParams.set(name, String(value));
  const headers = new Headers(call.headers);
  if (call.body !== undefined) headers.set('content-type', 'application/json');
  if (call.proof === true)
    headers.set(
      'dpop',
      await signDeviceProof({ key: deviceKey, method: call.method, url: url.href, nowMs: clock.now() }),
    );
  const body = call.body === undefined ? null : JSON.stringify(call.body);
  const response = await fetch(new Request(url, { method: call.method, headers, body }));
  return response.ok ? ok(await call.read(response)) : err(problemSchema.parse(await response.json()));
}
