// Credentials where several replicas share a database: another one may have issued this one, or ended it. Brings memory
// to what the database says. Never lets one in that memory removed while the database was being asked.
import type { Reader } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { goLive } from './activate.ts';
import type { GrantRow } from './tables.ts';

export type SharedCredentials = {
  /** Asks the database whether the credential is on; from then on memory says the same. Throws when it cannot be asked. */
  readonly confirm: (credentialId: string) => Promise<void>;
  /** Asks for many at once, and removes from memory those that are not on. Throws when it cannot be asked. */
  readonly recheck: (credentialIds: readonly string[]) => Promise<void>;
};

/** How often a credential may be removed here while it is being asked for; then it is left removed. */
const TRIES = 3;
const AT_ONCE = 1000;

/** `deps` is asked at each call: the gateway needs this before the rest is there. */
export function createSharedCredentials(deps: () => AccessDeps): SharedCredentials {
  return {
    confirm: async (credentialId) => {
      for (let tries = 1; tries <= TRIES; tries += 1) {
        if (await confirmOnce(deps(), credentialId)) return;
      }
    },
    recheck: async (credentialIds) => {
      const { live, store } = deps();
      for (let start = 0; start < credentialIds.length; start += AT_ONCE) {
        const asked = credentialIds.slice(start, start + AT_ONCE);
        const found = await issuedAmong(store.read).where('credentials.id', 'in', asked).execute();
        const on = new Set(found.map(({ credential_id }) => credential_id));
        for (const id of asked) if (!on.has(id)) live.remove(id);
      }
    },
  };
}

/** False when the answer was overtaken by a removal. */
async function confirmOnce(deps: AccessDeps, credentialId: string): Promise<boolean> {
  const { live } = deps;
  if (live.isStopped(credentialId)) return true;
  using note = live.noteRemoval(credentialId);
  const grant = await findOn(deps, credentialId);
  if (note.wasRemoved()) return grant === null;
  if (grant === null) live.remove(credentialId);
  else if (live.find(credentialId) === null) {
    goLive(deps, grant, credentialId);
    // Who followed the end of it in the meantime found nothing to remove.
    if ((await findOn(deps, credentialId)) === null) live.remove(credentialId);
  }
  return true;
}

function issuedAmong(db: Reader) {
  return db
    .selectFrom('credentials')
    .innerJoin('grants', 'grants.id', 'credentials.grant_id')
    .select('credentials.id as credential_id')
    .where('credentials.state', '=', 'issued')
    .where('grants.state', '=', 'active');
}

async function findOn({ store, clock }: AccessDeps, credentialId: string): Promise<GrantRow | null> {
  const row = await issuedAmong(store.read)
    .selectAll('grants')
    .where('credentials.id', '=', credentialId)
    .where('grants.ends_at_ms', '>', clock.now())
    .executeTakeFirst();
  return row ?? null;
}
