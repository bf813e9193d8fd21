// What other replicas do to credentials: issue them, and end them. Memory follows the database here; where the two
// differ for a moment, the transaction that records a use decides by the database.
import { goLive } from './activate.ts';
import type { AccessDeps } from './access-deps.ts';
import { findGrant } from './rows.ts';
import type { Elsewhere } from '#broker/replicas/elsewhere.ts';
import type { Reader } from '#broker/store.ts';

const PAGE = 200;

/** Null where the database is this broker's alone: then memory is all there is to know. */
export function createElsewhere(
  deps: () => AccessDeps,
  shared: boolean,
  onTrouble: (error: unknown) => void,
): Elsewhere | null {
  if (!shared) return null;
  return {
    learn: async (credentialId) => await learn(deps(), credentialId),
    works: async (tx, credentialId) => (await grantOfWorking(tx, credentialId)) !== null,
    follow: async () => await follow(deps(), onTrouble),
  };
}

async function grantOfWorking(db: Reader, credentialId: string): Promise<string | null> {
  const row = await db
    .selectFrom('credentials')
    .innerJoin('grants', 'grants.id', 'credentials.grant_id')
    .select('grants.id')
    .where('credentials.id', '=', credentialId)
    .where('credentials.state', '=', 'issued')
    .where('grants.state', '=', 'active')
    .executeTakeFirst();
  return row?.id ?? null;
}

async function learn(deps: AccessDeps, credentialId: string): Promise<void> {
  if (deps.live.find(credentialId) !== null) return;
  const grantId = await grantOfWorking(deps.store.read, credentialId);
  const grant = grantId === null ? undefined : await findGrant(deps.store.read, grantId);
  if (grant === undefined) return;
  goLive(deps, grant, credentialId);
  // An end that was committed and followed between reading and listing it would leave it listed.
  await forgetEnded(deps, credentialId);
}

async function forgetEnded(deps: AccessDeps, credentialId: string): Promise<void> {
  if ((await grantOfWorking(deps.store.read, credentialId)) === null) deps.live.remove(credentialId);
}

/** Looks again at what is listed of each grant that a new record is about: a lost wake-up costs time, never truth. */
async function follow(deps: AccessDeps, onTrouble: (error: unknown) => void): Promise<() => Promise<void>> {
  let after = (await deps.ledger.settled()) - 1;
  const stopping = new AbortController();
  let looking: Promise<void> | null = null;
  let again = false;
  const lookOnce = async (): Promise<void> => {
    for (;;) {
      const records = await deps.ledger.records({ afterSequence: after, limit: PAGE, asAnnounced: true });
      for (const { sequence, kind, grantId } of records) {
        if (kind.startsWith('grant.') && grantId !== null) await lookAt(deps, grantId);
        after = sequence;
      }
      if (records.length < PAGE || stopping.signal.aborted) return;
    }
  };
  const look = async (): Promise<void> => {
    do {
      again = false;
      await lookOnce().catch(onTrouble);
    } while (again && !stopping.signal.aborted);
  };
  const unsubscribe = deps.ledger.subscribe(() => {
    again = true;
    looking ??= look().finally(() => (looking = null));
  });
  return async () => {
    stopping.abort();
    unsubscribe();
    await looking;
  };
}

async function lookAt(deps: AccessDeps, grantId: string): Promise<void> {
  for (const { credentialId } of deps.live.ofGrant(grantId)) await forgetEnded(deps, credentialId);
}
