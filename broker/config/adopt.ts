// Decides, within one transaction, whether what was read comes into force: compared with what is in force, wherever it
// was read. What weakens a guard waits for two people; an embedded broker has one owner, so there it is recorded only.
import canonicalize from 'canonicalize';
import { createHash } from 'node:crypto';
import type { HeldChangeRow } from './tables.ts';
import { guardsSchema, remember, weakenings, type Guards, type Weakening } from './guards.ts';
import { closeChange, findOpenChange, proposeChange, type Proposer } from './held-changes.ts';
import { recordChange, type Recording } from './in-force.ts';
import type { RulesTexts, Snapshot } from './load-rules.ts';
import { readTexts } from './stored-rules.ts';

export type Adopting = Recording & {
  /** False for an embedded broker. */
  readonly twoPeople: boolean;
  readonly proposer: Proposer | null;
};

export type Adopted =
  | { readonly state: 'in_force' }
  | { readonly state: 'held'; readonly change: HeldChangeRow; readonly inForce: RulesTexts };

/** SHA-256 (hex) of exactly these files; where they lie is not in it. */
export function contentHash({ catalog, policies }: RulesTexts): string {
  const text = canonicalize({ catalog: catalog.text, policies: policies.fileHashes });
  if (text === undefined) throw new TypeError('nothing to hash');
  return createHash('sha256').update(text).digest('hex');
}

/** Writes what comes into force with its records, or what is held and stays. */
export async function adopt(snapshot: Snapshot, adopting: Adopting): Promise<Adopted> {
  const { tx } = adopting;
  const hash = contentHash(snapshot.texts);
  const row = await tx.selectFrom('config_contents').selectAll().where('id', '=', 'rules').executeTakeFirst();
  const before = row === undefined ? null : guardsSchema.parse(JSON.parse(row.guards));
  const weaker = before === null || row?.content_hash === hash ? [] : weakenings(before, snapshot.guards);
  if (row !== undefined && weaker.length > 0 && adopting.twoPeople) {
    const change = await agreedOrHeld(hash, weaker, adopting);
    if (change.state !== 'agreed') return { state: 'held', change, inForce: readTexts(row.texts) };
    await closeChange(tx, change.id, 'applied', adopting.nowMs);
    await recordWeakened(change.id, hash, weaker, 'two_people', adopting);
  } else if (weaker.length > 0) await recordWeakened(null, hash, weaker, 'self_attested', adopting);
  await putInForce(snapshot, hash, before, adopting);
  await noteSuperseded(row?.content_hash ?? hash, hash, adopting);
  return { state: 'in_force' };
}

async function agreedOrHeld(hash: string, weaker: readonly Weakening[], adopting: Adopting): Promise<HeldChangeRow> {
  const { tx, nowMs, proposer, ledger } = adopting;
  const open = await findOpenChange(tx, hash);
  if (open !== undefined) return open;
  const lines = weaker.map(({ line }) => line);
  const kind = kindOf(weaker);
  const change = await proposeChange(tx, {
    kind,
    person: null,
    contentHash: hash,
    lines,
    resources: resourcesOf(weaker),
    proposer,
    nowMs,
  });
  const data = { change: change.id, changeKind: kind, contentHash: hash, lines: short(lines) };
  await ledger.append(tx, { ...common(adopting), kind: 'config.held', outcome: 'failure', data });
  return change;
}

async function recordWeakened(
  change: string | null,
  hash: string,
  weaker: readonly Weakening[],
  agreedBy: 'two_people' | 'self_attested',
  adopting: Adopting,
): Promise<void> {
  const lines = short(weaker.map(({ line }) => line));
  const data = { change, changeKind: kindOf(weaker), contentHash: hash, lines, agreedBy };
  await adopting.ledger.append(adopting.tx, { ...common(adopting), kind: 'config.weakened', outcome: 'success', data });
}

async function putInForce(snapshot: Snapshot, hash: string, before: Guards | null, adopting: Adopting): Promise<void> {
  await recordChange(snapshot, adopting);
  const written = {
    content_hash: hash,
    texts: JSON.stringify(snapshot.texts),
    guards: JSON.stringify(remember(before, snapshot.guards)),
  };
  await adopting.tx
    .insertInto('config_contents')
    .values({ id: 'rules', ...written })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(written))
    .execute();
}

/** Files that were in force before are not to come back by the start of a replica that did not hear of the new ones. */
async function noteSuperseded(before: string, now: string, { tx, nowMs }: Adopting): Promise<void> {
  await tx.deleteFrom('config_superseded').where('content_hash', '=', now).execute();
  if (before === now) return;
  await tx
    .insertInto('config_superseded')
    .values({ content_hash: before, superseded_at_ms: nowMs })
    .onConflict((conflict) => conflict.column('content_hash').doUpdateSet({ superseded_at_ms: nowMs }))
    .execute();
}

function kindOf(weaker: readonly Weakening[]): Weakening['kind'] {
  return weaker.some(({ kind }) => kind === 'sensitivity_downgrade') ? 'sensitivity_downgrade' : 'break_glass_policy';
}

/** Owners agree only when everything is about what has owners. */
function resourcesOf(weaker: readonly Weakening[]): readonly string[] | null {
  const ids = weaker.map(({ resource }) => resource);
  return ids.some((id) => id === null) ? null : [...new Set(ids.filter((id) => id !== null))];
}

/** A record has a limit; the change itself has them all. */
function short(lines: readonly string[]): readonly string[] {
  const most = 20;
  const cut = lines.slice(0, most).map((line) => (line.length > 200 ? `${line.slice(0, 199)}…` : line));
  return lines.length > most ? [...cut, `and ${lines.length - most} more`] : cut;
}

function common({ nowMs, actor }: Recording) {
  return { atMs: nowMs, actor, subject: null, resource: null, requestId: null, grantId: null } as const;
}
