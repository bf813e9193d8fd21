// What of a catalog and its policies protects most, and whether a change of them weakens it. Pure: two of them in, what
// became weaker out. Knows also what is not in the catalog any more: leaving and coming back must not be a way around.
import canonicalize from 'canonicalize';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { SENSITIVITIES, type Resource } from '#shared/contracts/catalog.ts';
import type { ResourceId } from '#shared/domain/scope.ts';
import { formatDuration } from '#shared/domain/time.ts';

const guardPolicies = z.array(z.object({ id: z.string(), body: z.string() })).readonly();
const resourceGuard = z.object({
  sensitivity: z.enum(SENSITIVITIES),
  /** Columns that are masked; null: not tagged `pii`. */
  masked: z.array(z.string()).nullable(),
  breakGlass: z.object({ maxDurationMs: z.number(), to: z.array(z.string()) }).nullable(),
  /** Hash of where it leads. */
  upstream: z.string(),
});
export const guardsSchema = z.object({
  resources: z.record(z.string(), resourceGuard),
  policies: z.object({
    twoPeople: guardPolicies,
    emergencies: guardPolicies,
    holdInEmergency: guardPolicies,
  }),
});
export type Guards = z.infer<typeof guardsSchema>;
type ResourceGuard = Guards['resources'][string];

export type Weakening = {
  readonly kind: 'sensitivity_downgrade' | 'break_glass_policy';
  /** Whose owners may agree to it; null: it is about all of them. */
  readonly resource: ResourceId | null;
  /** For people to read; ids and names of the configuration only. */
  readonly line: string;
};

/** The guard of one catalog entry. */
export function resourceGuardOf(resource: Resource): ResourceGuard {
  const { breakGlass } = resource;
  return {
    sensitivity: resource.sensitivity,
    masked: resource.tags.includes('pii') ? [...resource.personalColumns] : null,
    breakGlass: breakGlass === undefined ? null : { maxDurationMs: breakGlass.maxDuration, to: [...breakGlass.to] },
    upstream: createHash('sha256')
      .update(canonicalize(resource.upstream) ?? '')
      .digest('hex'),
  };
}

/** What is to be remembered once `after` is in force: also of entries that only `before` had. */
export function remember(before: Guards | null, after: Guards): Guards {
  const earlier = Object.entries(before?.resources ?? {}).map(([id, guard]) => {
    const now = after.resources[id];
    // An entry that leads elsewhere now: where it led to is still known by what it was.
    return [now === undefined || now.upstream === guard.upstream ? id : `${id}@${guard.upstream.slice(0, 16)}`, guard];
  });
  return { ...after, resources: { ...Object.fromEntries(earlier), ...after.resources } };
}

/** Everything that is weaker after than before. An entry under another id that leads to the same place is the same. */
export function weakenings(before: Guards, after: Guards): readonly Weakening[] {
  return [
    ...Object.entries(after.resources).flatMap(([id, guard]) => {
      return unique(twinsOf(before, id, guard).flatMap(([was, twin]) => weakerResource(id, was, twin, guard)));
    }),
    ...weakerPolicies(before.policies, after.policies),
  ];
}

/** What the entry was: itself, and where it leads somewhere new, whatever led there before. */
function twinsOf(before: Guards, id: string, { upstream }: ResourceGuard): readonly [string, ResourceGuard][] {
  const itself = before.resources[id];
  if (itself?.upstream === upstream) return [[id, itself]];
  return Object.entries(before.resources).filter(([other, twin]) => other === id || twin.upstream === upstream);
}

function weakerResource(id: string, was: string, before: ResourceGuard, after: ResourceGuard): Weakening[] {
  const name = was === id ? id : `${id} (was ${was})`;
  const weaker: Weakening[] = [];
  const lower = (line: string): void =>
    void weaker.push({ kind: 'sensitivity_downgrade', resource: id, line: `${name}: ${line}` });
  if (SENSITIVITIES.indexOf(after.sensitivity) < SENSITIVITIES.indexOf(before.sensitivity))
    lower(`${before.sensitivity} → ${after.sensitivity}`);
  if (before.masked !== null && after.masked === null) lower('no longer tagged pii');
  const bare = (before.masked ?? []).filter((column) => after.masked !== null && !after.masked.includes(column));
  if (bare.length > 0) lower(`no longer masked: ${bare.join(', ')}`);
  const wider = widerEmergency(before.breakGlass, after.breakGlass);
  if (wider !== null) weaker.push({ kind: 'break_glass_policy', resource: id, line: `${name}: ${wider}` });
  return weaker;
}

function widerEmergency(before: ResourceGuard['breakGlass'], after: ResourceGuard['breakGlass']): string | null {
  if (after === null || after.to.length === 0) return null;
  const groups = after.to.filter((group) => before === null || !before.to.includes(group));
  if (groups.length > 0) return `emergency access for ${groups.join(', ')}, ${formatDuration(after.maxDurationMs)}`;
  if (before !== null && after.maxDurationMs > before.maxDurationMs)
    return `emergency access ${formatDuration(before.maxDurationMs)} → ${formatDuration(after.maxDurationMs)}`;
  return null;
}

function weakerPolicies(before: Guards['policies'], after: Guards['policies']): readonly Weakening[] {
  const weaker = (line: string): Weakening => ({ kind: 'break_glass_policy', resource: null, line });
  return [
    ...missing(before.twoPeople, after.twoPeople).map((id) =>
      weaker(`policy ${id}: a guard that needs two people is changed or gone`),
    ),
    ...missing(before.holdInEmergency, after.holdInEmergency).map((id) =>
      weaker(`policy ${id}: a guard that holds in emergencies is changed or gone`),
    ),
    ...missing(after.emergencies, before.emergencies).map((id) => weaker(`policy ${id}: permits more in emergencies`)),
  ];
}

type Listed = Guards['policies']['twoPeople'];

/** Ids of those in the first list of which no copy, under whatever id, is in the second. */
function missing(wanted: Listed, there: Listed): readonly string[] {
  return wanted.filter(({ body }) => !there.some((other) => other.body === body)).map(({ id }) => id);
}

function unique(list: readonly Weakening[]): readonly Weakening[] {
  return [...new Map(list.map((each) => [each.line, each])).values()];
}
