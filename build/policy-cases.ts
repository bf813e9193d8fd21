// Policy cases in YAML: a question and what policy must answer. Parsed strictly; faults name file and line.
import { isMap, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { durationSchema, resourceSchema, SENSITIVITIES, type Resource } from '#shared/contracts/catalog.ts';
import type { Principal } from '#shared/domain/identity.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { DurationMs } from '#shared/domain/time.ts';
import type { Question } from '#broker/policy/engine.ts';

export type CaseFile = { readonly file: string; readonly text: string };
export type CaseProblem = { readonly file: string; readonly line: number; readonly message: string };

const personSchema = z.strictObject({
  name: z.string().min(1),
  /** The human behind the account; two accounts of one human share it. */
  person: z.string().optional(),
  kind: z.enum(['person', 'service']).default('person'),
  roles: z.array(z.string()).default([]),
  teams: z.array(z.string()).default([]),
  contractor: z.boolean().nullable().default(null),
  zoneinfo: z.string().nullable().default(null),
  authenticatedAt: z.iso.datetime({ offset: true }).nullable().default(null),
});

const deviceSchema = z.strictObject({
  managed: z.boolean().nullable().default(null),
  diskEncrypted: z.boolean().nullable().default(null),
  country: z.string().nullable().default(null),
});

const expectSchema = z.strictObject({
  outcome: z.enum(['approved', 'needs_approval', 'needs_confirmation', 'denied']),
  code: z.string().optional(),
  needed: z.strictObject({ count: z.int(), owner: z.boolean() }).optional(),
  /** Ids of the policies that the decision names, in any order. */
  policies: z.array(z.string()).optional(),
  missingFacts: z.array(z.string()).optional(),
  counterOffer: z.strictObject({ duration: durationSchema, outcome: z.string() }).nullable().optional(),
  /** Names of the people who may be asked, in any order. */
  approvers: z.array(z.string()).optional(),
});

const caseSchema = z.strictObject({
  name: z.string().min(1),
  requester: z.union([z.string(), personSchema]),
  resource: z.union([z.string(), resourceSchema]),
  actions: z.array(z.string()).min(1),
  purpose: z.string().default(''),
  ticket: z.string().nullable().default(null),
  duration: durationSchema,
  at: z.iso.datetime({ offset: true }),
  device: deviceSchema.prefault({}),
  network: z.string().nullable().default(null),
  holidays: z.array(z.string()).default([]),
  /** Time that the requester already held the resource in the last 30 days. */
  held: durationSchema.optional(),
  /** For an extension: from the start of the grant to the new end. */
  extendsTo: durationSchema.optional(),
  mode: z.enum(['embedded', 'standalone']).default('standalone'),
  /** An emergency. */
  breakGlass: z.boolean().default(false),
  expect: expectSchema,
});

const perSensitivity = z.partialRecord(z.enum(SENSITIVITIES), durationSchema);

const fileSchema = z.strictObject({
  /** Everybody who may be asked for approval; cases name their requester from here or write one out. */
  people: z.array(personSchema).default([]),
  cases: z.array(caseSchema).default([]),
  /** The longest grant that the generated scenarios may ever see, by sensitivity. */
  longest: perSensitivity.default({}),
});

export type PolicyCase = {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly question: Question;
  readonly people: readonly Principal[];
  readonly expected: z.infer<typeof expectSchema>;
};

export type CaseSet = {
  readonly cases: readonly PolicyCase[];
  readonly people: readonly Principal[];
  readonly longest: Readonly<Partial<Record<Resource['sensitivity'], DurationMs>>>;
};

/** Takes one file of cases and the catalog's resources; gives the questions, or every fault with its line. */
export function readCases(source: CaseFile, resources: readonly Resource[]): Result<CaseSet, readonly CaseProblem[]> {
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines, merge: true });
  const lineOf = (at: readonly PropertyKey[]): number => lines.linePos(offsetOf(document, at)).line;
  if (document.errors.length > 0) {
    return err(
      document.errors.map(({ pos, message }) => ({ file: source.file, line: lines.linePos(pos[0]).line, message })),
    );
  }
  const parsed = fileSchema.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (!parsed.success) {
    return err(
      parsed.error.issues.map((issue) => ({
        file: source.file,
        line: lineOf(issue.path),
        message: `${issue.path.join('.')}: ${issue.message}`,
      })),
    );
  }
  const people = parsed.data.people.map(principalOf);
  const problems: CaseProblem[] = [];
  const cases = parsed.data.cases.flatMap((written, index): readonly PolicyCase[] => {
    const requester =
      typeof written.requester === 'string'
        ? people.find(({ name }) => name === written.requester)
        : principalOf(written.requester);
    const resource =
      typeof written.resource === 'string' ? resources.find(({ id }) => id === written.resource) : written.resource;
    if (requester === undefined)
      problems.push({
        file: source.file,
        line: lineOf(['cases', index, 'requester']),
        message: 'nobody of this name under people',
      });
    if (resource === undefined)
      problems.push({
        file: source.file,
        line: lineOf(['cases', index, 'resource']),
        message: 'the catalog has no such resource',
      });
    if (requester === undefined || resource === undefined) return [];
    const question = questionOf(written, requester, resource);
    return [
      {
        file: source.file,
        line: lineOf(['cases', index]),
        name: written.name,
        question,
        people,
        expected: written.expect,
      },
    ];
  });
  return problems.length > 0 ? err(problems) : ok({ cases, people, longest: parsed.data.longest });
}

/** Where the closest part that exists is written. */
function offsetOf(document: ReturnType<typeof parseDocument>, at: readonly PropertyKey[]): number {
  for (let length = at.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(at.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range))
      return Number(node.range[0]);
  }
  return isMap(document.contents) ? (document.contents.range?.[0] ?? 0) : 0;
}

function principalOf(written: z.infer<typeof personSchema>): Principal {
  return {
    subject: written.name,
    person: written.person ?? written.name,
    kind: written.kind,
    name: written.name,
    roles: written.roles,
    teams: written.teams,
    contractor: written.contractor,
    zoneinfo: written.zoneinfo,
    authenticatedAtMs: written.authenticatedAt === null ? null : Date.parse(written.authenticatedAt),
    admin: false,
    provenance: 'verified',
  };
}

function questionOf(written: z.infer<typeof caseSchema>, requester: Principal, resource: Resource): Question {
  return {
    requester,
    resource,
    actions: written.actions,
    durationMs: written.duration,
    claimed: { purpose: written.purpose, ticket: written.ticket },
    facts: {
      nowMs: Date.parse(written.at),
      device: written.device,
      networkAddress: written.network,
      holidays: written.holidays,
      heldMs: written.held ?? 0,
    },
    extension: written.extendsTo === undefined ? null : { totalMs: written.extendsTo },
    mode: written.mode,
    breakGlass: written.breakGlass,
  };
}
