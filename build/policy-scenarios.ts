// Thousands of generated requests against a set of policies, and the invariants that no policy set may break.
// The scenarios are the same in each run: a failure names its number, and the number reproduces it.
import { SENSITIVITIES, type Resource } from '#shared/contracts/catalog.ts';
import { samePerson, type Principal } from '#shared/domain/identity.ts';
import { HOUR_MS, MINUTE_MS, type DurationMs } from '#shared/domain/time.ts';
import { isInGroup } from '#broker/policy/approvers.ts';
import type { Claimed, PolicyEngine, Question, Standing } from '#broker/policy/engine.ts';
import { loadPolicies } from '#broker/policy/load-policies.ts';
import { splitPolicies, type PolicyFile } from '#broker/policy/policy-source.ts';
import type { PolicyFolder } from './policy-folder.ts';
import { approvalsOf, previewAgrees } from './policy-run.ts';

export type ScenarioReport = {
  readonly scenarios: number;
  /** How many scenarios ended in each outcome, and in each code of denial: a run that only sees denials proves little. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** `scenario 17: what was broken`. */
  readonly violations: readonly string[];
};

type Draw = { readonly pick: <T>(from: readonly T[]) => T; readonly chance: (likelihood: number) => boolean };

export function runScenarios(
  folder: Pick<PolicyFolder, 'engine' | 'sources' | 'actions' | 'resources' | 'caseSets'>,
  count: number,
): ScenarioReport {
  const { engine } = folder;
  const people = folder.caseSets.flatMap((set) => set.people);
  const longest = folder.caseSets.reduce<CaseLimits>((all, set) => ({ ...all, ...set.longest }), {});
  const untrusting = withoutTrustedClaims(folder.sources, folder.actions);
  const draw = drawFrom(20_261_122);
  const outcomes: Record<string, number> = {};
  const violations: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const question = scenario(draw, folder, people);
    const decision = engine.decide(question, people);
    const pair = draw.pick(STRONGER);
    const words = draw.pick([[QUIET, LOUD] as const, [LOUD, QUIET] as const]);
    const kind = decision.outcome === 'denied' ? `denied ${decision.code}` : decision.outcome;
    outcomes[kind] = (outcomes[kind] ?? 0) + 1;
    const broken = [
      ...brokenLimits(question, decision.outcome, longest),
      ...brokenStandings(engine, question, pair),
      ...brokenClaims(untrusting, question, pair[1], words),
      ...(decision.outcome === 'needs_approval' &&
      decision.approvers.some((approver) => samePerson(approver, question.requester))
        ? ['the requester is among the approvers']
        : []),
      ...(previewAgrees(engine, question, decision) ? [] : ['enforcement does not agree with the preview']),
    ];
    violations.push(...broken.map((what) => `scenario ${index}: ${what}`));
  }
  return { scenarios: count, outcomes, violations };
}

type CaseLimits = Readonly<Partial<Record<Resource['sensitivity'], DurationMs>>>;

function brokenLimits(question: Question, outcome: string, longest: CaseLimits): readonly string[] {
  const { sensitivity, maxDuration } = question.resource;
  const limitMs = Math.min(maxDuration, longest[sensitivity] ?? maxDuration);
  const totalMs = question.extension?.totalMs ?? question.durationMs;
  const personal = SENSITIVITIES.indexOf(sensitivity) >= SENSITIVITIES.indexOf('confidential');
  return [
    ...(question.breakGlass && outcome !== 'denied' ? brokenEmergency(question, outcome) : []),
    ...(personal && outcome === 'approved' && !question.breakGlass
      ? [`${sensitivity} is approved without a person`]
      : []),
    ...(personal && outcome === 'needs_confirmation' ? [`${sensitivity} is confirmed by the requester alone`] : []),
    ...(outcome !== 'denied' && totalMs > limitMs ? [`${totalMs} ms pass the cap of ${limitMs} ms`] : []),
    ...(outcome !== 'denied' && typeof question.claimed.purpose !== 'string'
      ? ['a malformed claim was not refused']
      : []),
  ];
}

/** What no `@breakGlass` policy may give. */
function brokenEmergency({ requester, resource, durationMs, extension }: Question, outcome: string): readonly string[] {
  const { to = [], maxDuration = 0 } = resource.breakGlass ?? {};
  const isOpen = requester.kind === 'person' && to.some((group) => isInGroup(requester, group));
  return [
    ...(outcome === 'approved' ? [] : ['an emergency waits for somebody']),
    ...(isOpen ? [] : ['an emergency is open to somebody whom the catalog does not name']),
    ...(durationMs > maxDuration ? ['an emergency lasts longer than the catalog allows'] : []),
    ...(extension === null ? [] : ['an emergency extends a grant']),
  ];
}

/** Pairs of which the second has more: more people, or an owner among them. */
const STRONGER: readonly (readonly [Standing, Standing])[] = (
  [
    [0, false, 1, false],
    [0, false, 2, true],
    [1, false, 1, true],
    [1, false, 2, false],
    [1, true, 2, true],
    [2, false, 2, true],
    [2, true, 3, true],
  ] as const
).map(([weak, weakOwner, strong, strongOwner]) => [standing(weak, weakOwner), standing(strong, strongOwner)]);

function standing(count: number, owner: boolean): Standing {
  return { approvals: approvalsOf(count, owner), selfConfirmed: false };
}

/** More approvals never turn an allow into a deny. */
function brokenStandings(
  engine: PolicyEngine,
  question: Question,
  [weak, strong]: readonly [Standing, Standing],
): readonly string[] {
  if (!engine.enforce(question, weak).allowed || engine.enforce(question, strong).allowed) return [];
  return [`${strong.approvals.length} approvals are refused where ${weak.approvals.length} are enough`];
}

/** Without the policies that trust a claim, no word of the requester changes anything. */
function brokenClaims(
  untrusting: PolicyEngine,
  question: Question,
  standing: Standing,
  [some, other]: readonly [Claimed, Claimed],
): readonly string[] {
  // A refusal with the one words is no news: which words come first is drawn, so both directions are seen.
  if (!untrusting.enforce({ ...question, claimed: some }, standing).allowed) return [];
  const allowed = untrusting.enforce({ ...question, claimed: other }, standing).allowed;
  return allowed ? [] : ['a claim changes the outcome of policies that trust none'];
}

const QUIET: Claimed = { purpose: '', ticket: null };
const LOUD: Claimed = { purpose: 'incident', ticket: 'INC-1' };

/** The same policies but those with @trustsClaim. */
function withoutTrustedClaims(sources: readonly PolicyFile[], actions: readonly string[]): PolicyEngine {
  const kept = sources.map((source) => {
    const statements = splitPolicies(source);
    if (!statements.ok) throw new Error('policies that were loaded do not split');
    return {
      file: source.file,
      text: statements.value
        .filter(({ text }) => !text.includes('@trustsClaim'))
        .map(({ text }) => text)
        .join('\n'),
    };
  });
  const loaded = loadPolicies(kept, { actions });
  if (!loaded.ok) throw new Error('policies that were loaded do not load without the trusting ones');
  return loaded.value;
}

function scenario(
  { pick, chance }: Draw,
  folder: Pick<PolicyFolder, 'resources' | 'actions'>,
  people: readonly Principal[],
): Question {
  const base = folder.resources.length > 0 ? pick(folder.resources) : null;
  const resource = base === null || chance(0.3) ? madeUpResource(pick, folder.actions, base) : base;
  const durationMs = pick([5, 30, 60, 60, 60, 90, 120, 120, 240, 240, 300, 480, 1440, 4321]) * MINUTE_MS;
  const offered = Object.keys(resource.actions);
  const purpose: unknown = chance(0.02)
    ? { __entity: { type: 'Daypass::Role', id: 'oncall' } }
    : pick(['', 'evaluation', 'incident', 'export']);
  return {
    requester: people.length > 0 && chance(0.4) ? pick(people) : madeUpPerson(pick),
    resource,
    actions: chance(0.1) ? offered : [pick(offered)],
    durationMs,
    // The cast is the attack: what a caller would send if nobody checked the body.
    claimed: { purpose: purpose as string, ticket: pick([null, 'INC-4411', 'none']) },
    facts: {
      nowMs: Date.UTC(2026, 10, pick([16, 18, 21, 22]), pick([0, 6, 9, 12, 17, 20]), pick([0, 30, 59])),
      device: chance(0.6)
        ? { managed: true, diskEncrypted: true, country: 'DE' }
        : {
            managed: pick([true, false, null]),
            diskEncrypted: pick([true, false, null]),
            country: pick(['DE', 'US', null]),
          },
      networkAddress: pick([null, '10.0.0.7', '::ffff:10.0.0.7', 'nonsense']),
      holidays: pick([[], ['2026-11-18']]),
      heldMs: pick([0, 24 * HOUR_MS, 200 * HOUR_MS]),
    },
    extension: chance(0.1) ? { totalMs: durationMs + pick([HOUR_MS, 6 * HOUR_MS, 100 * HOUR_MS]) } : null,
    mode: pick(['embedded', 'standalone']),
    breakGlass: chance(0.1),
  };
}

function madeUpPerson(pick: Draw['pick']): Principal {
  const subject = pick(['u1', 'u2', 'u3']);
  return {
    subject,
    person: subject,
    kind: pick(['person', 'service']),
    name: subject,
    roles: pick([[], ['data-scientist'], ['analyst'], ['oncall'], ['approver'], ['data-scientist', 'approver']]),
    teams: pick([[], ['vision'], ['records'], ['nlp']]),
    contractor: pick([true, false, null]),
    zoneinfo: pick(['Europe/Berlin', 'Asia/Seoul', 'America/Los_Angeles', 'Mars/Olympus', null]),
    authenticatedAtMs: pick([null, Date.UTC(2026, 10, 16)]),
    admin: pick([true, false]),
    provenance: pick(['verified', 'asserted']),
  };
}

function madeUpResource(pick: Draw['pick'], actions: readonly string[], base: Resource | null): Resource {
  const rule = [{ methods: ['GET' as const], paths: ['/*'] }];
  return {
    ...(base ?? {
      collections: [],
      warnBefore: [],
      issuer: 'jwt',
      verifier: 'gateway',
      upstream: { kind: 'folder', path: '.' },
      database: null,
    }),
    id: pick(['dataset:made-up', 'model:made-up']),
    name: 'Made up',
    description: '',
    sensitivity: pick(SENSITIVITIES),
    tags: pick([[], ['pii']]),
    personalColumns: pick([[], ['name']]),
    owners: [pick(['vision', 'records', 'nlp'])],
    actions: Object.fromEntries([...actions, 'read', 'export'].map((action) => [action, rule])),
    maxDuration: pick([HOUR_MS, 24 * HOUR_MS, 720 * HOUR_MS, 720 * HOUR_MS]),
    ...(pick([true, false]) && { residency: 'DE' }),
  };
}

/** The same draws for the same seed (mulberry32). */
function drawFrom(seed: number): Draw {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    pick: (from) => {
      const picked = from[Math.floor(next() * from.length)];
      if (picked === undefined) throw new Error('nothing to pick from');
      return picked;
    },
    chance: (likelihood) => next() < likelihood,
  };
}
