// The requests of a store as questions for policy, with the facts of their time as far as anybody knows them: when it
// was asked, what was asked, what was held before. Roles, teams and devices are those that are known today.
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { LoadedConfig } from '#broker/config/load-config.ts';
import { heldMs } from '#broker/access/ask.ts';
import { storedAsked, storedDecision, storedScope } from '#broker/access/stored.ts';
import type { RequestRow } from '#broker/access/tables.ts';
import type { Question } from '#broker/policy/engine.ts';
import type { Tables } from '#broker/store.ts';
import type { Resource } from '#shared/contracts/catalog.ts';
import type { Decision } from '#shared/domain/decision.ts';
import type { DeviceFacts, Principal } from '#shared/domain/identity.ts';

export type PastRequest = {
  readonly id: string;
  readonly askedAtMs: number;
  readonly resource: string;
  readonly decided: Decision['outcome'];
  /** Null when the requester is not known any more. */
  readonly ask: ((resource: Resource) => Question) | null;
};

export type History = { readonly requests: readonly PastRequest[]; readonly people: readonly Principal[] };

/** Requests asked since then, oldest first. */
export async function readHistory(db: Kysely<Tables>, loaded: LoadedConfig, sinceMs: number): Promise<History> {
  const known = await readPrincipals(db, loaded);
  const rows = await db
    .selectFrom('requests')
    .selectAll()
    .where('created_at_ms', '>=', sinceMs)
    .orderBy('created_at_ms')
    .orderBy('id')
    .execute();
  const requests: PastRequest[] = [];
  for (const row of rows) requests.push(await pastRequest(db, loaded, row, known.get(row.subject)));
  return { requests, people: [...known.values()].filter(({ kind }) => kind === 'person') };
}

const UNKNOWN_DEVICE: DeviceFacts = { managed: null, diskEncrypted: null, country: null };

async function pastRequest(
  db: Kysely<Tables>,
  { config }: LoadedConfig,
  row: RequestRow,
  requester: Principal | undefined,
): Promise<PastRequest> {
  const askedAtMs = Number(row.created_at_ms);
  const past = { id: row.id, askedAtMs, resource: row.resource, decided: storedDecision(row).outcome };
  if (requester === undefined) return { ...past, ask: null };
  const asked = storedAsked(row);
  const { startAtMs } = storedScope(row);
  const held = await heldMs(db, { requester, resource: { id: row.resource } }, askedAtMs);
  const extended =
    row.extends_grant === null
      ? undefined
      : await db.selectFrom('grants').selectAll().where('id', '=', row.extends_grant).executeTakeFirst();
  const embedded = config.mode === 'embedded' ? config.identity.embedded : null;
  return {
    ...past,
    ask: (resource) => ({
      // Whoever asked had signed in; how long ago nobody kept.
      requester: { ...requester, authenticatedAtMs: embedded === null ? askedAtMs : null },
      resource,
      actions: asked.actions,
      durationMs: asked.durationMs,
      claimed: { purpose: row.purpose, ticket: row.ticket },
      facts: {
        nowMs: Math.max(askedAtMs, startAtMs ?? askedAtMs),
        device: embedded?.device ?? UNKNOWN_DEVICE,
        networkAddress: null,
        holidays: embedded?.holidays ?? [],
        heldMs: held,
      },
      extension:
        extended === undefined
          ? null
          : { totalMs: Number(extended.ends_at_ms) + asked.durationMs - Number(extended.chain_started_at_ms) },
      mode: config.mode,
      breakGlass: row.break_glass === 1,
    }),
  };
}

async function readPrincipals(db: Kysely<Tables>, { config }: LoadedConfig): Promise<ReadonlyMap<string, Principal>> {
  if (config.mode === 'standalone') return await learnedPrincipals(db);
  const subjects = await db.selectFrom('subjects').selectAll().execute();
  const users = new Map(config.identity.embedded.users.map((user) => [user.name, user]));
  return new Map(
    subjects.flatMap(({ id, external_id }) => {
      const user = users.get(external_id);
      if (user === undefined) return [];
      const { kind, roles, teams, admin } = user;
      const principal: Principal = {
        subject: id,
        person: user.person ?? user.name,
        kind,
        name: user.displayName,
        roles,
        teams,
        contractor: user.contractor ?? null,
        zoneinfo: user.zoneinfo ?? null,
        authenticatedAtMs: null,
        admin,
        provenance: 'asserted',
      };
      return [[id, principal] as const];
    }),
  );
}

/** What the newest token of each account said. */
async function learnedPrincipals(db: Kysely<Tables>): Promise<ReadonlyMap<string, Principal>> {
  const rows = await db.selectFrom('accounts').selectAll().execute();
  return new Map(
    rows.map(({ subject, person, kind, name, roles, teams, contractor, zoneinfo }) => [
      subject,
      {
        ...{ subject, person, kind, name, zoneinfo },
        roles: groups.parse(JSON.parse(roles)),
        teams: groups.parse(JSON.parse(teams)),
        contractor: contractor === null ? null : contractor === 1,
        authenticatedAtMs: null,
        admin: false,
        provenance: 'verified',
      },
    ]),
  );
}

const groups = z.array(z.string());
