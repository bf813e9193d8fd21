// The analysis that a dry run and a submission share, so that the preview cannot lie.
import type { SubmitBody } from '#shared/contracts/broker-api.ts';
import type { Resource } from '#shared/contracts/catalog.ts';
import type { Decision, NeededApprovals } from '#shared/domain/decision.ts';
import type { DeviceId, Principal } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { Scope } from '#shared/domain/scope.ts';
import { DAY_MS, MINUTE_MS, type EpochMs } from '#shared/domain/time.ts';
import type { Reader } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { askedScope, toQuestion, type Ask } from './ask.ts';
import { checkEmergencyShape } from './break-glass.ts';
import { withCooldown } from './cooldown.ts';
import { findExtended, raiseToFloor, type Extended } from './extension.ts';
import { refuse, type AccessRefusal } from './refusal.ts';
import { scopeHash } from './scope-hash.ts';

const LATEST_START_MS = 90 * DAY_MS;
const START_TOLERANCE_MS = 5 * MINUTE_MS;

export type Asking = {
  readonly principal: Principal;
  readonly device: DeviceId;
  readonly body: SubmitBody;
  readonly networkAddress: string | null;
};

export type Prepared = {
  readonly ask: Ask;
  readonly resource: Resource;
  readonly scope: Scope;
  readonly scopeHash: string;
  readonly decision: Decision;
  readonly floor: NeededApprovals | null;
};

/** Checks what is asked and decides on it. Stores nothing. Refuses what makes no sense; a denial is a decision. */
export async function prepare(deps: AccessDeps, db: Reader, asking: Asking): Promise<Result<Prepared, AccessRefusal>> {
  const resource = deps.snapshot().resource(asking.body.resource);
  const prepared = resource === null ? hidden() : await analyse(deps, db, asking, resource);
  // What policy would give may be known. Whether the resource may be known at all is asked only for what is refused.
  if (resource === null || (prepared.ok && prepared.value.decision.outcome !== 'denied')) return prepared;
  return eligibleActions(deps, asking.principal, resource).actions.length > 0 ? prepared : hidden();
}

function hidden(): Result<never, AccessRefusal> {
  return refuse('not_found', 'There is no such resource, or it is not yours to ask for.');
}

async function analyse(
  deps: AccessDeps,
  db: Reader,
  asking: Asking,
  resource: Resource,
): Promise<Result<Prepared, AccessRefusal>> {
  const { principal, body } = asking;
  const snapshot = deps.snapshot();
  const shape = checkEmergencyShape(body);
  if (!shape.ok) return shape;
  const unknown = body.actions.filter((action) => !Object.hasOwn(resource.actions, action));
  if (unknown.length > 0) return refuse('invalid_request', `${resource.id} has no action ${unknown.join(', ')}.`);
  if (resource.upstream === null && body.endsWith !== undefined)
    return refuse(
      'invalid_request',
      'Nobody sees when its first use is over: it ends with time, or when you are done.',
    );
  const startAt = checkStart(body, deps.clock.now());
  if (!startAt.ok) return startAt;
  const extended = await extendedGrant(deps, db, asking);
  if (!extended.ok) return extended;

  const ask: Ask = {
    requester: principal,
    device: asking.device,
    resource,
    actions: body.actions,
    durationMs: body.duration,
    purpose: body.purpose,
    ticket: body.ticket ?? null,
    startAtMs: startAt.value,
    networkAddress: asking.networkAddress,
    signInAsOfMs: null,
    extended: extended.value?.grant ?? null,
    breakGlass: body.breakGlass,
  };
  const question = await toQuestion(deps, db, ask);
  const floor = extended.value?.floor ?? null;
  const raised = raiseToFloor(deps, question, snapshot.policy.decide(question, deps.directory.people()), floor);
  const scope = askedScope(snapshot, ask);
  const decision = await withCooldown(deps, db, ask, scope, raised);
  return ok({ ask, resource, scope, scopeHash: scopeHash(scope), decision, floor });
}

export type Eligible = {
  /** What this person could ever be allowed, emergencies included. */
  readonly actions: readonly string[];
  readonly inEmergency: boolean;
};

export function eligibleActions(deps: AccessDeps, principal: Principal, resource: Resource): Eligible {
  const facts = {
    nowMs: deps.clock.now(),
    device: deps.directory.deviceFacts(null),
    networkAddress: null,
    holidays: deps.directory.holidays(),
    heldMs: 0,
  };
  const { policy } = deps.snapshot();
  const inEmergency = policy.eligibleInEmergency(principal, resource, facts);
  const actions = policy.eligible(principal, resource, facts, deps.directory.mode);
  return { actions: [...new Set([...actions, ...inEmergency])], inEmergency: inEmergency.length > 0 };
}

function checkStart(body: SubmitBody, nowMs: EpochMs): Result<EpochMs | null, AccessRefusal> {
  if (body.startAt === undefined) return ok(null);
  const startAtMs = Date.parse(body.startAt);
  if (body.extends !== undefined)
    return refuse('invalid_request', 'An extension starts when its grant would end; it has no startAt.');
  if (startAtMs < nowMs - START_TOLERANCE_MS) return refuse('invalid_request', 'startAt lies in the past.');
  if (startAtMs > nowMs + LATEST_START_MS) return refuse('invalid_request', 'startAt lies more than 90 days ahead.');
  return ok(startAtMs <= nowMs ? null : startAtMs);
}

async function extendedGrant(
  deps: AccessDeps,
  db: Reader,
  { principal, device, body }: Asking,
): Promise<Result<Extended | null, AccessRefusal>> {
  if (body.extends === undefined) return ok(null);
  if (body.endsWith !== undefined) return refuse('invalid_request', 'An extension cannot end with the task.');
  const wanted = { grantId: body.extends, resource: body.resource, actions: body.actions, device };
  return await findExtended(deps, db, principal, wanted);
}
