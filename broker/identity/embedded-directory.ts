// The identities that the configuration of an embedded broker lists. Their facts are asserted, never proven.
import { createHmac } from 'node:crypto';
import type { ConfiguredUser, EmbeddedIdentity } from '#shared/contracts/config.ts';
import type { DeviceFacts, Principal, SubjectId } from '#shared/domain/identity.ts';
import { err, ok } from '#shared/domain/result.ts';
import type { Clock } from '#shared/domain/time.ts';
import { newId } from '#broker/ids.ts';
import type { BrokerStore } from '#broker/store.ts';
import type { Directory } from './directory.ts';

type Options = {
  readonly identity: EmbeddedIdentity;
  readonly issuer: string;
  readonly store: BrokerStore;
  readonly clock: Clock;
  readonly hashKey: Uint8Array;
};

/** Makes the directory and gives each listed user a lasting random subject id. */
export async function createEmbeddedDirectory(options: Options): Promise<Directory> {
  const { identity } = options;
  const byName = new Map<string, Principal>();
  const bySubject = new Map<SubjectId, Principal>();
  const audiences = new Map<SubjectId, readonly string[]>();
  for (const user of identity.users) {
    const subject = await lastingSubject(options, user.name);
    const principal = principalOf(user, subject, options.hashKey);
    byName.set(user.name, principal);
    bySubject.set(subject, principal);
    audiences.set(subject, user.audiences);
  }
  const device: DeviceFacts = identity.device;
  return {
    mode: 'embedded',
    authenticate: async (caller) => {
      const principal = caller.kind === 'embedded' ? byName.get(caller.user) : undefined;
      return await Promise.resolve(principal === undefined ? err('no_credentials') : ok(principal));
    },
    freshSignInMs: null,
    find: (subject) => bySubject.get(subject) ?? null,
    people: () => [...bySubject.values()].filter((principal) => principal.kind === 'person'),
    deviceFacts: () => device,
    holidays: () => identity.holidays,
    audiences: (subject) => audiences.get(subject) ?? [],
  };
}

function principalOf(user: ConfiguredUser, subject: SubjectId, hashKey: Uint8Array): Principal {
  return {
    subject,
    person: `per_${createHmac('sha256', hashKey)
      .update(`person\n${user.person ?? user.name}`)
      .digest('base64url')
      .slice(0, 22)}`,
    kind: user.kind,
    name: user.displayName,
    roles: user.roles,
    teams: user.teams,
    contractor: user.contractor ?? null,
    zoneinfo: user.zoneinfo ?? null,
    authenticatedAtMs: null,
    admin: user.admin,
    provenance: 'asserted',
  };
}

async function lastingSubject({ store, issuer, clock }: Options, externalId: string): Promise<SubjectId> {
  return await store.transaction(async (tx) => {
    const known = await tx
      .selectFrom('subjects')
      .select('id')
      .where('issuer', '=', issuer)
      .where('external_id', '=', externalId)
      .executeTakeFirst();
    if (known !== undefined) return known.id;
    const id = newId('sub');
    await tx
      .insertInto('subjects')
      .values({ id, issuer, external_id: externalId, created_at_ms: clock.now() })
      .execute();
    return id;
  });
}
