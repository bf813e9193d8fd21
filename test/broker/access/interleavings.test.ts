// Random interleavings of everything that people, time, files and faults do: the design's invariants hold throughout.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatInstant, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import {
  allEnds,
  answerStep,
  atOnceStep,
  collectStep,
  confirmStep,
  EDITS,
  endStep,
  faultStep,
  holds,
  reloadStep,
  restartStep,
  runDueStep,
  sendAgainStep,
  startRun,
  submitStep,
  toDeadlineStep,
  useStep,
  withdrawStep,
  type Approver,
  type Requester,
  type Run,
} from '#test/support/access-model.ts';
import { openWorld } from '#test/support/broker-world.ts';
import { createGatedIssuer, type IssuerStep } from '#test/support/gated-issuer.ts';

type Step = { readonly says: string; readonly take: (run: Run) => Promise<void> | void };
type Command = fc.AsyncCommand<object, Run>;

function command({ says, take }: Step): Command {
  return {
    check: () => true,
    run: async (_, run) => {
      await take(run);
      await holds(run);
    },
    toString: () => says,
  };
}

const index = fc.nat({ max: 5 });
const requester = fc.constantFrom<Requester>('ana', 'ana', 'max');
const approver = fc.constantFrom<Approver>('jo', 'jo', 'jo', 'sam', 'sam', 'sam', 'sam2', 'ana2', 'ana', 'max', 'lee');
const durationMs = fc.constantFrom(10 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 9 * HOUR_MS);
const actions = fc.constantFrom(['read'], ['read', 'read_pii'], ['read_pii']);
const resource = fc.constantFrom('penguins', 'penguins', 'weather', 'legislators', 'legislators', 'campaign-finance');

/** Null, but for one in so many. */
function seldom<T>(arbitrary: fc.Arbitrary<T>, oneIn: number): fc.Arbitrary<T | null> {
  return fc.oneof({ arbitrary: fc.constant(null), weight: oneIn - 1 }, { arbitrary, weight: 1 });
}

const submit = fc
  .record({
    user: requester,
    resource,
    actions,
    durationMs,
    startsIn: seldom(fc.constantFrom(30 * MINUTE_MS, 13 * HOUR_MS), 6),
    once: fc.integer({ min: 0, max: 7 }).map((drawn) => drawn === 0),
    extend: seldom(index, 3),
  })
  .map(({ user, resource, actions, durationMs, startsIn, once, extend }): Step => {
    const masked = resource === 'penguins' || resource === 'weather';
    return {
      says: `${user} asks for ${resource} (${durationMs} ms, start in ${startsIn}, once ${once}, extend ${extend})`,
      take: async (run) => {
        const startAt = startsIn === null ? {} : { startAt: formatInstant(run.world.clock.now() + startsIn) };
        const wish = {
          resource: `dataset:${resource}`,
          actions: masked ? ['read'] : actions,
          purpose: 'evaluation',
          durationMs,
        };
        await submitStep(
          run,
          user,
          { ...wish, ...startAt, ...(once ? { endsWith: 'operation' as const } : {}) },
          extend,
        );
      },
    };
  });

const answer = fc
  .record({
    by: approver,
    request: index,
    answer: fc.constantFrom('approve' as const, 'approve' as const, 'approve' as const, 'reject' as const),
    narrowTo: seldom(fc.record({ actions, durationMs }, { requiredKeys: [] }), 3),
  })
  .map((one): Step => ({
    says: `${one.by} answers ${one.answer} to ${one.request} narrowed ${JSON.stringify(one.narrowTo)}`,
    take: async (run) => await answerStep(run, one),
  }));

const collect = fc
  .tuple(index, fc.constantFrom('kept' as const, 'kept' as const, 'kept' as const, 'lost' as const, 'other' as const))
  .map(([at, how]): Step => ({
    says: `collects ${at}, answer ${how}`,
    take: async (run) => await collectStep(run, at, how),
  }));

const end = fc
  .tuple(index, fc.constantFrom('holder' as const, 'owner' as const, 'admin' as const))
  .map(([at, by]): Step => ({ says: `${by} ends token ${at}`, take: async (run) => await endStep(run, at, by) }));

const small = fc.oneof(
  index.map((at): Step => ({ says: `sends ${at} again`, take: async (run) => await sendAgainStep(run, at) })),
  index.map((at): Step => ({ says: `confirms ${at}`, take: async (run) => await confirmStep(run, at) })),
  index.map((at): Step => ({ says: `withdraws ${at}`, take: async (run) => await withdrawStep(run, at) })),
  index.map((at): Step => ({ says: `uses token ${at}`, take: async (run) => await useStep(run, at) })),
  fc.constant<Step>({ says: 'what is due happens', take: runDueStep }),
);

const time = fc.oneof(
  fc
    .constantFrom(1000, 10 * MINUTE_MS, HOUR_MS, 12 * HOUR_MS, 24 * HOUR_MS)
    .map((byMs): Step => ({ says: `${byMs} ms pass`, take: (run) => run.world.clock.advance(byMs) })),
  fc.constantFrom(-1, 0, 1).map((besideMs): Step => ({
    says: `to a deadline ${besideMs}`,
    take: async (run) => await toDeadlineStep(run, besideMs),
  })),
);

const world = fc.oneof(
  fc
    .constantFrom(...(Object.keys(EDITS) as (keyof typeof EDITS)[]))
    .map((name): Step => ({ says: `reload: ${name}`, take: async (run) => await reloadStep(run, name) })),
  fc
    .constantFrom('stop' as const, 'kill' as const)
    .map((how): Step => ({ says: `restart after ${how}`, take: async (run) => await restartStep(run, how) })),
  fc
    .tuple(
      fc.subarray<IssuerStep>(['issue', 'revoke', 'probe']),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
    )
    .map(([steps, pattern]): Step => ({
      says: `the issuer fails at ${steps.join()} ${pattern.join()}`,
      take: (run) => faultStep(run, steps, pattern),
    })),
);

const together = fc
  .array(fc.oneof(answer, collect, collect, end, small), { minLength: 2, maxLength: 4 })
  .map((steps): Step => ({
    says: `at once: ${steps.map(({ says }) => says).join(' | ')}`,
    take: async (run) =>
      await atOnceStep(
        run,
        steps.map(({ take }) => take),
      ),
  }));

const commands = fc.commands(
  [
    submit,
    submit,
    answer,
    answer,
    answer,
    collect,
    collect,
    collect,
    collect,
    end,
    small,
    time,
    time,
    world,
    together,
  ].map((step) => step.map(command)),
  { maxCommands: 40, size: 'max' },
);

it('holds the invariants of requests and grants whatever happens in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (steps) => {
      const gates = createGatedIssuer();
      const opened = await openWorld({ wrapIssuer: gates.wrap });
      const run = startRun(opened, gates);
      try {
        await fc.asyncModelRun(() => ({ model: {}, real: run }), steps);
        await allEnds(run);
        expect(opened.troubles).toEqual([]);
      } finally {
        gates.failWhen(() => false);
        await opened.close();
      }
    }),
    { numRuns: 60, endOnFailure: true, interruptAfterTimeLimit: 35_000 },
  );
}, 120_000);
