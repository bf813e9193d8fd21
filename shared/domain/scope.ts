// The exact access that people approve: who, on which device, what, which actions, why, how long, from when.
// A scope only ever shrinks. Its hash is SHA-256 over the canonical JSON (RFC 8785) of `scopeDocument`.
import type { DeviceId, SubjectId } from './identity.ts';
import { err, ok, type Result } from './result.ts';
import { formatDuration, formatInstant, SECOND_MS, type DurationMs, type EpochMs } from './time.ts';

/** `dataset:NAME` or `model:NAME`. */
export type ResourceId = string;

export type Scope = {
  readonly subject: SubjectId;
  readonly device: DeviceId;
  readonly resource: ResourceId;
  /** Hash of the catalog entry's upstream, issuer and sensitivity: an approval does not survive their change. */
  readonly catalogHash: string;
  /** Sorted, without repeats, never empty. */
  readonly actions: readonly string[];
  readonly purpose: string;
  readonly durationMs: DurationMs;
  /** Null: as soon as collected. */
  readonly startAtMs: EpochMs | null;
  /** An emergency: nobody approves it, so no approval of anything else can be taken for it. */
  readonly breakGlass: boolean;
};

export type Narrowing = { readonly actions?: readonly string[]; readonly durationMs?: DurationMs };
export type ScopeRefusal = 'empty_scope' | 'wider_than_scope';

/** Tokens count whole seconds and never outlive their grant: up to one is lost, so a grant of one may have none left. */
const LEAST_DURATION_MS: DurationMs = 2 * SECOND_MS;

/** Whether access can be asked for, narrowed to or offered for this long: whole seconds, at least two. */
export function isGrantable(durationMs: DurationMs): boolean {
  return durationMs >= LEAST_DURATION_MS && durationMs % SECOND_MS === 0;
}

/** Sorts actions and drops repeats, so that equal sets of actions are equal lists. */
export function normaliseActions(actions: readonly string[]): readonly string[] {
  return [...new Set(actions)].toSorted();
}

/** The scope as plain data in wire formats, ready for canonical JSON. */
export function scopeDocument(scope: Scope): Record<string, unknown> {
  return {
    subject: scope.subject,
    device: scope.device,
    resource: { id: scope.resource, catalogHash: scope.catalogHash },
    actions: [...scope.actions],
    purpose: scope.purpose,
    duration: formatDuration(scope.durationMs),
    startAt: scope.startAtMs === null ? null : formatInstant(scope.startAtMs),
    ...(scope.breakGlass ? { breakGlass: true } : {}),
  };
}

/** Makes a scope smaller. Refuses anything that is not part of it, and a scope of nothing. */
export function narrowScope(scope: Scope, narrowing: Narrowing): Result<Scope, ScopeRefusal> {
  const actions = narrowing.actions === undefined ? scope.actions : normaliseActions(narrowing.actions);
  const durationMs = narrowing.durationMs ?? scope.durationMs;
  if (actions.some((action) => !scope.actions.includes(action))) return err('wider_than_scope');
  if (durationMs > scope.durationMs) return err('wider_than_scope');
  if (actions.length === 0 || durationMs <= 0) return err('empty_scope');
  return ok({ ...scope, actions, durationMs });
}

/** What every one of these scopes allows: the common actions for the shortest duration. */
export function intersectScopes(first: Scope, rest: readonly Scope[]): Result<Scope, ScopeRefusal> {
  const actions = first.actions.filter((action) => rest.every((scope) => scope.actions.includes(action)));
  const durationMs = Math.min(first.durationMs, ...rest.map((scope) => scope.durationMs));
  return narrowScope(first, { actions, durationMs });
}
