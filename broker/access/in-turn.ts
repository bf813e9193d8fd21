// How the steps of a check-out run where many people check out at once. What they weigh is the person's own: what they
// have asked for and hold, under all accounts. So one person's steps run one after another, and never wait for anybody
// else's. Whatever others may change meanwhile is changed by compare-and-set on its version (rows.ts).
import type { PersonId } from '#shared/domain/identity.ts';
import type { TransactionOptions } from '#shared/store/store.ts';

export function inTurnOf({ person }: { readonly person: PersonId }): TransactionOptions {
  return { isolation: 'read committed', inTurn: `person ${person}` };
}

/** For steps that weigh nothing: each of their writes names the state that it finds. */
export const EACH_WRITE_CHECKS: TransactionOptions = { isolation: 'read committed' };
