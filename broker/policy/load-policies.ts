// From policy texts to an engine, or to every reason why not. All or nothing: a refused set changes nothing.
// Must never accept a policy that a check could not read. No I/O: texts come in, `read-policy-folder.ts` reads files.
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { prepare } from './cedar-slots.ts';
import { checkEmergency } from './check-emergency.ts';
import { checkPolarity } from './check-polarity.ts';
import { checkClaims, checkRecords, checkTests } from './check-reads.ts';
import { createEngine } from './create-engine.ts';
import type { PolicyEngine } from './engine.ts';
import { UnsupportedExpression } from './expression.ts';
import { readPolicy, type Policy } from './policy.ts';
import type { PolicyProblem } from './policy-problem.ts';
import {
  cedarProblem,
  problemAt,
  splitPolicies,
  statementProblem,
  type PolicyFile,
  type Statement,
} from './policy-source.ts';
import { policySchema, refusedActionNames } from './schema.ts';

export type LoadOptions = {
  /** Every action name of the catalog. */
  readonly actions: readonly string[];
};

/** The values of `@fix`: what a person can do about a refusal. */
const FIXES = [
  'approvals',
  'confirmation',
  'duration',
  'device',
  'mfa',
  'network',
  'location',
  'time',
  'role',
  'purpose',
];
const ANNOTATIONS = ['id', 'title', 'fix', 'trustsClaim', 'breakGlass', 'holdsInEmergency'];
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * Takes policy files and the catalog's action names; gives the engine, or all problems with file, line and column.
 * Refuses: what Cedar's strict validation refuses; a missing or repeated `@id`, a missing `@title`, an unknown
 * annotation; a claim without `@trustsClaim`; a guard that an unknown fact slips past; an approval that lowers access;
 * an emergency permit that waits for people.
 */
export function loadPolicies(
  sources: readonly PolicyFile[],
  options: LoadOptions,
): Result<PolicyEngine, readonly PolicyProblem[]> {
  const refused = refusedActionNames(options.actions);
  if (refused.length > 0) {
    return err(
      refused.map((name) => ({
        file: 'catalog',
        line: 1,
        column: 1,
        code: 'action_name',
        message: `no action can be called ${name}`,
      })),
    );
  }
  const policies = collectPolicies(sources);
  if (!policies.ok) return policies;
  const schema = policySchema(options.actions);
  const problems = [...validate(schema, policies.value), ...policies.value.flatMap(checkPolicy)];
  if (problems.length > 0) return err(problems);
  return ok(createEngine(policies.value, prepare(schema, policies.value)));
}

function checkPolicy(policy: Policy): readonly PolicyProblem[] {
  return [checkClaims, checkRecords, checkTests, checkPolarity, checkEmergency].flatMap((check) => check(policy));
}

function collectPolicies(sources: readonly PolicyFile[]): Result<readonly Policy[], readonly PolicyProblem[]> {
  const byId = new Map<string, Policy>();
  const problems: PolicyProblem[] = [];
  for (const source of sources) {
    const statements = splitPolicies(source);
    if (!statements.ok) problems.push(...statements.error);
    for (const statement of statements.ok ? statements.value : []) {
      const policy = parseStatement(statement);
      const twin = policy.ok ? byId.get(policy.value.id) : undefined;
      if (!policy.ok) problems.push(...policy.error);
      else if (twin === undefined) byId.set(policy.value.id, policy.value);
      else
        problems.push(
          problemAt(
            statement,
            /@id\b/,
            'id_duplicate',
            `${twin.id} is already the id of a policy in ${twin.statement.source.file}`,
          ),
        );
    }
  }
  const sorted = [...byId.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return problems.length > 0 ? err(problems) : ok(sorted);
}

function parseStatement(statement: Statement): Result<Policy, readonly PolicyProblem[]> {
  const parsed = cedar.policyToJson(statement.text);
  if (parsed.type === 'failure') {
    return err(parsed.errors.map((error) => cedarProblem(error, statement.source, statement.start, 'syntax')));
  }
  const annotations = parsed.json.annotations ?? {};
  const problems = annotationProblems(statement, annotations);
  if (problems.length > 0) return err(problems);
  try {
    return ok(readPolicy(annotations['id'] ?? '', statement, parsed.json));
  } catch (error) {
    if (!(error instanceof UnsupportedExpression)) throw error;
    return err([
      statementProblem(statement, 0, 'unsupported_expression', `this policy cannot be checked: ${error.message}`),
    ]);
  }
}

function annotationProblems(
  statement: Statement,
  annotations: Readonly<Record<string, string>>,
): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const { id, title, fix } = annotations;
  if (id === undefined) problems.push(statementProblem(statement, 0, 'id_missing', 'every policy needs an @id'));
  else if (!ID.test(id))
    problems.push(
      problemAt(statement, /@id\b/, 'id_invalid', 'an @id is letters, digits, dots, dashes and underscores'),
    );
  if ((title ?? '').trim() === '')
    problems.push(
      statementProblem(statement, 0, 'title_missing', 'every policy needs a @title: people read it as the reason'),
    );
  if (fix !== undefined && !FIXES.includes(fix))
    problems.push(problemAt(statement, /@fix\b/, 'fix_unknown', `@fix is one of ${FIXES.join(', ')}`));
  for (const name of Object.keys(annotations).filter((key) => !ANNOTATIONS.includes(key))) {
    problems.push(
      problemAt(
        statement,
        new RegExp(`@\\s*${name}\\b`),
        'annotation_unknown',
        `@${name} means nothing here; known are ${ANNOTATIONS.map((known) => `@${known}`).join(', ')}`,
      ),
    );
  }
  return problems;
}

/** Cedar's strict validation. Its warnings count too: a policy that can never apply is a guard that is not there. */
function validate(schema: string, policies: readonly Policy[]): readonly PolicyProblem[] {
  const staticPolicies = Object.fromEntries(policies.map(({ id, statement }) => [id, statement.text]));
  const answer = cedar.validate({ schema, policies: { staticPolicies }, validationSettings: { mode: 'strict' } });
  if (answer.type === 'failure')
    throw new Error(`the policy schema is broken: ${answer.errors.map(({ message }) => message).join('; ')}`);
  const byPlace = new Map<string, PolicyProblem>();
  const findings = [
    ...answer.validationErrors.map((finding) => ({ ...finding, code: 'validation' as const })),
    ...answer.validationWarnings.map((finding) => ({ ...finding, code: 'never_applies' as const })),
  ];
  for (const { policyId, error, code } of findings) {
    const policy = policies.find(({ id }) => id === policyId);
    if (policy === undefined) throw new Error(`Cedar names a policy that was not given: ${policyId}`);
    const problem = cedarProblem(error, policy.statement.source, policy.statement.start, code);
    // Cedar repeats a finding for each action, and an error makes the policy "never apply" as well.
    const place = code === 'validation' ? `${problem.file}:${problem.line}:${problem.column}` : policyId;
    if (code === 'never_applies' && answer.validationErrors.some((found) => found.policyId === policyId)) continue;
    if (!byPlace.has(place)) byPlace.set(place, problem);
  }
  return [...byPlace.values()];
}
