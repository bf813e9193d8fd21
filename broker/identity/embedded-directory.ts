// The identities that the configuration of an embedded broker lists. Their facts are asserted, never proven.
import type { ConfiguredUser, EmbeddedIdentity } from '#shared/contracts/config.ts';
import type { DeviceFacts, Principal, SubjectId } from '#shared/domain/identity.ts';
import { err, ok } from '#shared/domain/result.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { BrokerStore } from '#broker/store.ts';
import type { Directory } from './directory.ts';
import { lastingSubject } from './lasting-subject.ts';
import { personId } from './person-id.ts';

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
    const account = { issuer: options.issuer, externalId: user.name };
    const subject = await options.store.transaction(
      async (tx) => await lastingSubject(tx, account, options.clock.now()),
    );
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
      return await Promise.resolve(principal === undefined ? err('no_credentials') : ok({ ...principal, token: null }));
    },
    refresh: async () => {},
    subscribe: () => () => {},
    isReady: async () => await Promise.resolve(true),
    freshSignInMs: null,
    reproveWithinMs: null,
    find: (subject) => bySubject.get(subject) ?? null,
    people: () => [...bySubject.values()].filter((principal) => principal.kind === 'person'),
    accounts: () => [...bySubject.values()].map((principal) => ({ principal, lastSeenAtMs: null, disabled: false })),
    deviceFacts: () => device,
    holidays: () => identity.holidays,
    audiences: (subject) => audiences.get(subject) ?? [],
    mayProvision: () => false,
  };
}

function principalOf(user: ConfiguredUser, subject: SubjectId, hashKey: Uint8Array): Principal {
  return {
    subject,
    person: personId({ kind: 'person', name: user.person ?? user.name }, hashKey),
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
