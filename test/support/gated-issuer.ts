// The real issuer behind gates and faults: a step can be held up until a test lets it go, or made to fail.
import type { Issuer } from '#broker/issuers/issuer.ts';

export type IssuerStep = 'issue' | 'revoke' | 'probe';

export type GatedIssuer = {
  readonly wrap: (issuer: Issuer) => Issuer;
  /** Holds up the next call of this step, before the real step or after it. `reached` resolves once it waits. */
  readonly holdNext: (
    step: IssuerStep,
    when?: 'before' | 'after',
  ) => { readonly reached: Promise<void>; readonly letGo: () => void };
  /** Whether a step fails now; asked at each call. */
  readonly failWhen: (fails: (step: IssuerStep) => boolean) => void;
};

export function createGatedIssuer(): GatedIssuer {
  const gates: { step: IssuerStep; when: 'before' | 'after'; reached: () => void; opened: Promise<void> }[] = [];
  let fails: (step: IssuerStep) => boolean = () => false;
  const wait = async (step: IssuerStep, when: 'before' | 'after'): Promise<void> => {
    const index = gates.findIndex((gate) => gate.step === step && gate.when === when);
    const [gate] = index < 0 ? [] : gates.splice(index, 1);
    gate?.reached();
    await gate?.opened;
  };
  const through = async <T>(step: IssuerStep, real: () => Promise<T>): Promise<T> => {
    await wait(step, 'before');
    if (fails(step)) throw new Error(`the issuer fails to ${step}, as the test wants`);
    const done = await real();
    await wait(step, 'after');
    return done;
  };
  return {
    wrap: (issuer) => ({
      ...issuer,
      issue: async (order) => await through('issue', async () => await issuer.issue(order)),
      revoke: async (credentialId) => await through('revoke', async () => await issuer.revoke(credentialId)),
      probe: async (credentialId) => await through('probe', async () => await issuer.probe(credentialId)),
    }),
    holdNext: (step, when = 'before') => {
      const reached = Promise.withResolvers<void>();
      const opened = Promise.withResolvers<void>();
      gates.push({ step, when, reached: reached.resolve, opened: opened.promise });
      return { reached: reached.promise, letGo: opened.resolve };
    },
    failWhen: (next) => {
      fails = next;
    },
  };
}
