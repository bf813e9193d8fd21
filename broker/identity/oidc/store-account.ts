// Writes down what a verified token says of its account, when it says something new. The newest token counts: an older
// one that is still valid brings no role back. What others must know of moves the directory's version, and is recorded.
import type { SubjectId } from '#shared/domain/identity.ts';
import { DAY_MS, type Clock, type EpochMs } from '#shared/domain/time.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore, Tx } from '#broker/store.ts';
import { nextVersion } from '#broker/identity/directory-version.ts';
import { lastingSubject } from '#broker/identity/lasting-subject.ts';
import type { AccountRow } from '#broker/identity/tables.ts';
import { changedFacts, rowOfFacts } from './account-rows.ts';
import { factsHash, type AccountFacts } from './map-claims.ts';
import type { VerifiedToken } from './verify-token.ts';

type Deps = {
  readonly store: BrokerStore;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
  readonly issuer: string;
  readonly hashKey: Uint8Array;
};

export type Proof = Pick<VerifiedToken, 'externalId' | 'issuedAtMs' | 'authTimeMs'> & { readonly facts: AccountFacts };

/** Gives the account's row as it is now. */
export async function storeAccount(deps: Deps, proof: Proof): Promise<AccountRow> {
  return await deps.store.transaction(async (tx) => {
    const nowMs = deps.clock.now();
    const account = { issuer: deps.issuer, externalId: proof.externalId };
    const subject = await lastingSubject(tx, account, nowMs);
    const row = await tx.selectFrom('accounts').selectAll().where('subject', '=', subject).executeTakeFirst();
    if (row === undefined) return await insertAccount(deps, tx, subject, proof);
    if (!saysMore(row, proof, nowMs)) return row;
    return await updateAccount(deps, tx, row, proof);
  });
}

/** Whether the account's row has to move for this proof; most calls come with a token that is known already. */
export function saysMore(
  row: Pick<AccountRow, 'proven_at_ms' | 'auth_time_ms' | 'seen_at_ms'>,
  { issuedAtMs, authTimeMs }: Pick<Proof, 'issuedAtMs' | 'authTimeMs'>,
  nowMs: EpochMs,
): boolean {
  const isNewer = issuedAtMs > row.proven_at_ms || (authTimeMs ?? 0) > (row.auth_time_ms ?? 0);
  return isNewer || nowMs - row.seen_at_ms >= DAY_MS;
}

async function insertAccount(deps: Deps, tx: Tx, subject: SubjectId, proof: Proof): Promise<AccountRow> {
  const row: AccountRow = {
    ...rowOfFacts(proof.facts),
    subject,
    facts_hash: factsHash(proof.facts, deps.hashKey),
    auth_time_ms: proof.authTimeMs,
    proven_at_ms: proof.issuedAtMs,
    seen_at_ms: deps.clock.now(),
    version: await nextVersion(tx),
  };
  await tx.insertInto('accounts').values(row).execute();
  await record(deps, tx, row, proof, { kind: 'account.seen' });
  return row;
}

async function updateAccount(deps: Deps, tx: Tx, row: AccountRow, proof: Proof): Promise<AccountRow> {
  const nowMs = deps.clock.now();
  const changed = proof.issuedAtMs > row.proven_at_ms ? changedFacts(row, proof.facts) : [];
  const wasAway = nowMs - row.seen_at_ms >= DAY_MS;
  const next: AccountRow = {
    ...row,
    ...(changed.length === 0 ? {} : { ...rowOfFacts(proof.facts), facts_hash: factsHash(proof.facts, deps.hashKey) }),
    auth_time_ms: proof.authTimeMs === null ? row.auth_time_ms : Math.max(proof.authTimeMs, row.auth_time_ms ?? 0),
    proven_at_ms: Math.max(row.proven_at_ms, proof.issuedAtMs),
    seen_at_ms: wasAway ? nowMs : row.seen_at_ms,
    version: changed.length > 0 || wasAway ? await nextVersion(tx) : row.version,
  };
  await tx.updateTable('accounts').set(next).where('subject', '=', row.subject).execute();
  if (changed.length > 0) await record(deps, tx, next, proof, { kind: 'account.changed', changed });
  return next;
}

async function record(
  deps: Deps,
  tx: Tx,
  row: AccountRow,
  { facts }: Proof,
  what: { readonly kind: 'account.seen' } | { readonly kind: 'account.changed'; readonly changed: readonly string[] },
): Promise<void> {
  const common = {
    atMs: deps.clock.now(),
    actor: 'broker',
    subject: row.subject,
    resource: null,
    requestId: null,
    grantId: null,
    outcome: 'success',
  } as const;
  const data = { person: row.person, admin: facts.admin, facts: row.facts_hash };
  await deps.ledger.append(
    tx,
    what.kind === 'account.seen'
      ? { ...common, kind: what.kind, data }
      : { ...common, kind: what.kind, data: { ...data, changed: what.changed } },
  );
}
