// What one decision costs: with reasons, approvers and counter-offer, on the solo policies and on 100 policies.
// The floor is one bare Cedar authorization of the same policies, schema-checked as ours are.
import path from 'node:path';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { Principal } from '#shared/domain/identity.ts';
import type { PolicyEngine, Question } from '#broker/policy/engine.ts';
import { accessContext, factsContext, resourceEntity, uid, userEntity } from '#broker/policy/cedar-request.ts';
import { NOTHING, suppose } from '#broker/policy/ladder.ts';
import { loadPolicies } from '#broker/policy/load-policies.ts';
import type { PolicyFile } from '#broker/policy/policy-source.ts';
import { policySchema } from '#broker/policy/schema.ts';
import { loadPolicyFolder } from '../../build/policy-folder.ts';
import { goal, median, p99, rounded, type BenchResult } from './measure.ts';

const SOLO = path.resolve(import.meta.dirname, '../../examples/solo/policies');
const ROUNDS = 60;

export async function run(): Promise<BenchResult> {
  const loaded = await loadPolicyFolder(SOLO);
  if (!loaded.ok) throw new Error(loaded.error.join('\n'));
  const { sources, actions, engine, caseSets } = loaded.value;
  const questions = caseSets.flatMap(({ cases }) => cases.map(({ question }) => question));
  const people = manyPeople(caseSets.flatMap((set) => set.people));
  const many = [...sources, { file: 'more.cedar', text: moreGuards(100 - countPolicies(sources)) }];
  const startedMs = performance.now();
  const engineOfMany = loadPolicies(many, { actions });
  const loadOfManyMs = performance.now() - startedMs;
  if (!engineOfMany.ok) throw new Error('the policies for the benchmark do not load');
  const solo = timeDecisions(engine, questions, people);
  const hundred = timeDecisions(engineOfMany.value, questions, people);
  const bare = timeBare(sources, actions, questions);
  const bareHundred = timeBare(many, actions, questions);
  const figures = rounded({
    soloP50Ms: median(solo.wallMs),
    soloP99Ms: p99(solo.wallMs),
    soloCpuP99Ms: p99(solo.cpuMs),
    hundredP50Ms: median(hundred.wallMs),
    hundredP99Ms: p99(hundred.wallMs),
    hundredCpuP99Ms: p99(hundred.cpuMs),
    hundredLoadMs: loadOfManyMs,
  });
  const floor = rounded({
    bareSoloP50Ms: median(bare.wallMs),
    bareSoloP99Ms: p99(bare.wallMs),
    bareHundredP50Ms: median(bareHundred.wallMs),
    bareHundredP99Ms: p99(bareHundred.wallMs),
  });
  const goals = [goal(figures, 'soloP99Ms', { atMost: 10 }), goal(figures, 'hundredP99Ms', { atMost: 10 })];
  return { name: 'decision', figures, floor, goals };
}

/** Every case in turn, so that the samples are of all kinds of decision alike. */
function timeDecisions(engine: PolicyEngine, questions: readonly Question[], people: readonly Principal[]): Samples {
  return timeRounds(questions, (question) => engine.decide(question, people));
}

function timeBare(sources: readonly PolicyFile[], actions: readonly string[], questions: readonly Question[]): Samples {
  cedar.preparseSchema('bench', policySchema(actions));
  cedar.preparsePolicySet('bench', { staticPolicies: sources.map(({ text }) => text).join('\n') });
  return timeRounds(questions, (question) => {
    const answer = cedar.statefulIsAuthorized({
      principal: uid('User', question.requester.subject),
      action: uid('Action', question.actions[0] ?? ''),
      resource: uid('Resource', question.resource.id),
      context: accessContext(factsContext(question), question, suppose(NOTHING, question.durationMs)),
      entities: [userEntity(question.requester), resourceEntity(question.resource)],
      preparsedSchemaName: 'bench',
      preparsedPolicySetId: 'bench',
      validateRequest: true,
    });
    if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '));
  });
}

/** Time on the wall, and time on the processor, which other programs on the machine cannot blur. */
type Samples = { readonly wallMs: number[]; readonly cpuMs: number[] };

function timeRounds(questions: readonly Question[], work: (question: Question) => unknown): Samples {
  for (const question of questions) work(question);
  const samples: Samples = { wallMs: [], cpuMs: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const question of questions) {
      const startedMs = performance.now();
      const before = process.threadCpuUsage();
      work(question);
      const { user, system } = process.threadCpuUsage(before);
      samples.cpuMs.push((user + system) / 1000);
      samples.wallMs.push(performance.now() - startedMs);
    }
  }
  return samples;
}

/** A small company: 60 people in ten teams, besides those of the cases. */
function manyPeople(people: readonly Principal[]): readonly Principal[] {
  const [model] = people;
  if (model === undefined) throw new Error('the solo cases have no people');
  const others = Array.from({ length: 60 }, (_, index): Principal => {
    const id = `person-${index}`;
    return { ...model, subject: id, person: id, name: id, roles: ['analyst'], teams: [`team-${index % 10}`] };
  });
  return [...people, ...others];
}

function countPolicies(sources: readonly PolicyFile[]): number {
  return sources.reduce((sum, { text }) => sum + text.split('@id(').length - 1, 0);
}

function moreGuards(count: number): string {
  const guard = (index: number): string => `
    @id("more.${index}") @title("Data of kind ${index} needs an owner")
    forbid (principal, action in Daypass::Action::"access", resource)
    when { resource.tags.contains("kind-${index}") && context.total > duration("${index + 1}h") }
    unless { context.approvals.owner };`;
  return Array.from({ length: count }, (_, index) => guard(index)).join('\n');
}
