// The API as one fetch function: each route of the table is authenticated, limited, proven, parsed, then handled.
import { Hono } from 'hono';
import type { Principal } from '#shared/domain/identity.ts';
import { type EpochMs, formatInstant } from '#shared/domain/time.ts';
import { StoreError, type StoreErrorCode } from '#shared/store/store-error.ts';
import { RulesBehindError } from '#broker/config/behind.ts';
import { EndNotOnRecordError } from '#broker/access/unwritten-ends.ts';
import { findDevice, replacedBy } from '#broker/identity/enrol-device.ts';
import type { Caller } from '#broker/identity/caller.ts';
import type { Authenticated } from '#broker/identity/directory.ts';
import { ErasedAuthorError } from '#broker/ledger/personal-keys.ts';
import type { DeviceProof, DeviceProofs } from '#broker/tokens/device-proof.ts';
import { notAuthenticated, problem, toResponse } from './answer.ts';
import { auditHandlers } from './handle-audit.ts';
import { grantHandlers } from './handle-grants.ts';
import type { Call, Handler, HandlerDeps, Handlers } from './handler.ts';
import { peopleHandlers } from './handle-people.ts';
import { changeHandlers } from './handle-changes.ts';
import { erasureHandlers } from './handle-erasure.ts';
import { oversightHandlers } from './handle-oversight.ts';
import { requestHandlers } from './handle-requests.ts';
import { scimHandlers } from './handle-scim.ts';
import { signInHandlers } from './handle-sign-in.ts';
import { retentionHandlers } from './handle-retention.ts';
import { sinkHandlers } from './handle-sinks.ts';
import { systemHandlers } from './handle-system.ts';
import { tokenHandlers } from './handle-tokens.ts';
import type { RateLimit } from './rate-limit.ts';
import { readBody, readQuery } from './read-body.ts';
import type { Route } from './route.ts';
import { ROUTES, type RouteId } from './routes.ts';
import { asScimError } from './scim-answer.ts';
import { takeTurn } from './turns.ts';

export type OnCall = (
  request: Request,
  call: { readonly route: string; readonly subject: Principal['subject'] | null },
) => void;

export type AppDeps = HandlerDeps & {
  readonly deviceProofs: DeviceProofs;
  readonly rateLimit: RateLimit;
  readonly bodyBytes: number;
  readonly perMinute: (id: RouteId, dryRun: boolean) => number;
  /** Told of every bug that a caller saw as `internal`; must not log the request's body or headers. */
  readonly onError: (error: unknown, route: string) => void;
  /** Told of each call once it is known whose it is. */
  readonly onCall: OnCall;
};

type Env = { Bindings: { readonly caller: Caller } };

const HANDLERS: Handlers<RouteId> = {
  ...requestHandlers,
  ...grantHandlers,
  ...auditHandlers,
  ...retentionHandlers,
  ...sinkHandlers,
  ...peopleHandlers,
  ...scimHandlers,
  ...oversightHandlers,
  ...changeHandlers,
  ...erasureHandlers,
  ...tokenHandlers,
  ...signInHandlers,
  ...systemHandlers,
};

export function createApp(deps: AppDeps): Hono<Env> {
  const app = new Hono<Env>();
  for (const id of Object.keys(ROUTES) as RouteId[]) {
    const route: Route = ROUTES[id];
    app.on(
      route.method,
      route.path,
      async (context) =>
        await inTheWordsOf(
          route.path,
          await serve(deps, id, route, context.req.raw, context.req.param('id') ?? '', context.env.caller),
        ),
    );
  }
  app.notFound(async ({ req }) => await inTheWordsOf(req.path, notFound(req.path)));
  app.onError(async (error, { req }) => {
    deps.onError(error, `${req.method} ${req.routePath}`);
    return await inTheWordsOf(req.path, trouble(error));
  });
  return app;
}

function notFound(path: string): Response {
  const methods = methodsOf(path);
  if (methods.length === 0) return problem('not_found');
  const refused = problem('method_not_allowed');
  refused.headers.set('allow', methods.join(', '));
  return refused;
}

function trouble(error: Error): Response {
  if (error instanceof EndNotOnRecordError)
    return problem('unavailable', 'The access is stopped at once; its end is not yet on record and is tried again.');
  if (error instanceof RulesBehindError)
    return problem('unavailable', 'This replica does not have the rules that are in force for this.');
  if (error instanceof ErasedAuthorError)
    return problem('unavailable', 'This account was erased meanwhile. Call again: you are another one now.');
  return isPassing(error) ? problem('unavailable', 'The store cannot be used at this moment.') : problem('internal');
}

/** Directories understand SCIM's errors only. */
async function inTheWordsOf(path: string, response: Response): Promise<Response> {
  return path.startsWith('/scim/') ? await asScimError(response) : response;
}

/** Trouble of the database, not of the call: the same call may well succeed later. */
function isPassing(error: Error): boolean {
  return error instanceof StoreError && PASSING.has(error.code);
}

const PASSING: ReadonlySet<StoreErrorCode> = new Set([
  'busy',
  'cannot_open',
  'disk_full',
  'read_only',
  'io',
  'outcome_unknown',
  'closed',
]);

/** What a path answers to; nothing when it is none of ours. HEAD is answered wherever GET is. */
function methodsOf(path: string): readonly string[] {
  const methods = Object.values(ROUTES)
    .filter((route: Route) => samePath(route.path, path))
    .flatMap((route: Route) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]));
  return [...new Set(methods)];
}

function samePath(pattern: string, path: string): boolean {
  const parts = path.split('/');
  const wanted = pattern.split('/');
  return (
    parts.length === wanted.length &&
    wanted.every((part, index) => (part.startsWith(':') ? parts[index] !== '' : part === parts[index]))
  );
}

async function serve(
  deps: AppDeps,
  id: RouteId,
  route: Route,
  request: Request,
  pathId: string,
  caller: Caller,
): Promise<Response> {
  if (deps.closing.aborted) return problem('unavailable', 'The broker is stopping.');
  const url = new URL(request.url);
  const known = await deps.directory.authenticate(caller);
  const principal = known.ok ? known.value : null;
  deps.onCall(request, { route: route.path, subject: principal?.subject ?? null });
  if (route.who !== 'anyone' && !known.ok) return notAuthenticated(known.error);
  if (route.who === 'service' && principal?.kind !== 'service' && principal?.admin !== true)
    return problem('forbidden');
  if (route.who === 'admin' && principal?.admin !== true) return problem('forbidden');
  if (route.who === 'provisioning' && !(principal !== null && deps.directory.mayProvision(principal.subject)))
    return problem('forbidden');
  const query = readQuery(route, url);
  if (!query.ok) return query.error;
  const turn = await takeTurn(deps, id, principal?.subject ?? nobody(caller), request);
  if (turn.waitUntilMs !== null) return slowDown(deps, turn.waitUntilMs);
  // Before the body: a large one is read from an enrolled device only.
  const proven = await provenDevice(deps, route, request, principal);
  if (proven instanceof Response) return proven;
  const unpaidUntilMs = turn.pay();
  if (unpaidUntilMs !== null) return slowDown(deps, unpaidUntilMs);
  const body = await readBody(route, request, Math.max(deps.bodyBytes, route.body?.bytes ?? 0));
  if (!body.ok) return body.error;
  // PostgreSQL takes no text with it, so nothing can have such an id.
  if (pathId.includes('\0')) return problem('not_found');
  // The table and the steps above made each of these what this route's handler declares.
  const call = {
    principal,
    device: proven?.device ?? null,
    deviceKey: proven?.publicJwk ?? null,
    id: pathId,
    query: query.value,
    body: body.value,
    request,
    networkAddress: caller.kind === 'http' ? caller.remoteAddress : null,
  } as unknown as Call<RouteId>;
  const handler = HANDLERS[id] as Handler<RouteId>;
  return toResponse(await handler(deps, call));
}

/** Callers whom nobody knows share a budget, over the network with those of the same address. */
function nobody(caller: Caller): string {
  return caller.kind === 'http' ? `anybody at ${caller.remoteAddress}` : 'anybody';
}

function slowDown({ clock }: AppDeps, untilMs: EpochMs): Response {
  const limited = problem('rate_limited', 'Slow down.', { retryAt: formatInstant(untilMs) });
  limited.headers.set('retry-after', String(Math.max(1, Math.ceil((untilMs - clock.now()) / 1000))));
  return limited;
}

async function provenDevice(
  deps: AppDeps,
  route: Route,
  request: Request,
  principal: Authenticated | null,
): Promise<DeviceProof | null | Response> {
  if (principal === null) return null;
  const boundTo = principal.token?.boundTo ?? null;
  if (route.proof === 'none' && boundTo === null) return null;
  const proof = request.headers.get('dpop');
  if (proof === null)
    return problem('device_proof_required', 'Send a DPoP header: a proof (RFC 9449) by the device key, for this call.');
  const verified = await deps.deviceProofs.verify({
    proof,
    method: request.method,
    url: request.url,
    nowMs: deps.clock.now(),
  });
  if (!verified.ok)
    return verified.error === 'replay_memory_full'
      ? problem('unavailable', 'Too many device proofs at this moment.')
      : problem('invalid_device_proof', verified.error);
  const { device, tokenHash } = verified.value;
  // RFC 9449 section 7.1: the proof of a bound token is by its key and names it; one for another token is another's.
  if (boundTo !== null && (boundTo !== device || tokenHash === null))
    return problem('invalid_device_proof', 'not_for_this_token');
  if (principal.token !== null && tokenHash !== null && tokenHash !== principal.token.hash)
    return problem('invalid_device_proof', 'not_for_this_token');
  if (route.proof === 'none') return null;
  // Also not enrolled anew: what ended stays ended, whoever has the key now.
  if ((await replacedBy(deps.store.read, device)) !== null) return problem('invalid_device_proof', 'replaced');
  if (route.proof === 'new_device') return verified.value;
  const enrolledAtMs = await findDevice(deps.store.read, principal.subject, device);
  return enrolledAtMs === null ? problem('invalid_device_proof', 'not_enrolled') : verified.value;
}
