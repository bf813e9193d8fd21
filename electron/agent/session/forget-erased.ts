// Hears from the broker which pseudonyms were erased since this desktop last asked, however long it was away, and forgets
// what it kept of its own people among them. Words and names of others are in memory alone and are read anew.
import { z } from 'zod';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { Kept } from '../kept/kept.ts';
import { isPassing, reach, type Refused } from './reach.ts';

export type ErasedReader = {
  /**
   * Reads what is new, forgets what it is about, and remembers as whom the broker knows this user. Gives whether anybody
   * was erased. Call before what was read of people is believed.
   */
  readonly read: (client: BrokerClient, user: string, subject: SubjectId) => Promise<Result<boolean, Refused>>;
};

type Options = {
  readonly kept: Pick<Kept, 'value' | 'setValue' | 'forgetUser'>;
  /** The one who calls was erased: nothing of the sign-in stays here. */
  readonly signOut: () => Promise<void>;
};

const subjectsSchema = z.record(z.string(), z.string());

export function createErasedReader({ kept, signOut }: Options): ErasedReader {
  const subjects = (): Record<string, SubjectId> => {
    const text = kept.value('subjects');
    const parsed = text === null ? null : subjectsSchema.safeParse(JSON.parse(text));
    return parsed?.success === true ? parsed.data : {};
  };
  return {
    read: async (client, user, subject) => {
      const after = Number(kept.value('erasures_read') ?? 0);
      const answer = await reach(() => client.erasures(Number.isSafeInteger(after) ? after : 0));
      // A broker that does not know the question has erased nobody in this way.
      if (!answer.ok) return isPassing(answer.error) ? answer : ok(false);
      const { erased, next } = answer.value;
      const known = subjects();
      const gone = Object.keys(known).filter((each) => erased.includes(known[each] ?? ''));
      if (gone.includes(user)) await signOut();
      for (const each of gone) await kept.forgetUser(each);
      const left = Object.fromEntries(Object.entries(known).filter(([each]) => !gone.includes(each)));
      if (gone.length > 0 || known[user] !== subject)
        await kept.setValue('subjects', JSON.stringify({ ...left, [user]: subject }));
      // Last: cut before, all of it is done again.
      if (next !== after) await kept.setValue('erasures_read', String(next));
      return ok(erased.length > 0);
    },
  };
}
