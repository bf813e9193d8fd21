// The identities that the configuration of an embedded broker lists. Their facts are asserted, never proven.
import type { ConfiguredUser, EmbeddedIdentity } from '#shared/contracts/config.ts';
import type { DeviceFacts, Principal, SubjectId } from '#shared/domain/identity.ts';
import { err, ok } from '#shared/domain/result.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { BrokerStore, Tx } from '#broker/store.ts';
import type { Directory } from './directory.ts';
import { readVersion } from './directory-version.ts';
import { lastingSubject } from './lasting-subject.ts';
import { personId } from './person-id.ts';

type Options = {
  readonly identity: EmbeddedIdentity;
  readonly issuer: string;
  readonly store: BrokerStore;
  readonly clock: Clock;
  readonly hashKey: Uint8Array;
};

/**
 * Makes the directory and gives each listed user a lasting random subject id: another one after an erasure, since the
 * old one stands for nobody then.
 */
export async function createEmbeddedDirectory(options: Options): Promise<Directory> {
  const { identity } = options;
  const byName = new Map<string, Principal>();
  const bySubject = new Map<SubjectId, Principal>();
  const audiences = new Map<SubjectId, readonly string[]>();
  let version = await readVersion(options.store.read);
  const readUsers = async (): Promise<void> => {
    const known = new Map<ConfiguredUser, SubjectId>();
    for (const user of identity.users) {
      const account = { issuer: options.issuer, externalId: user.name };
      const find = async (tx: Tx): Promise<SubjectId> => await lastingSubject(tx, account, options.clock.now());
      known.set(user, await options.store.transaction(find));
    }
    for (const map of [byName, bySubject, audiences]) map.clear();
    for (const [user, subject] of known) {
      const principal = principalOf(user, subject, options.hashKey);
      byName.set(user.name, principal);
      bySubject.set(subject, principal);
      audiences.set(subject, user.audiences);
    }
  };
  await readUsers();
  const device: DeviceFacts = identity.device;
  return {
    mode: 'embedded',
    authenticate: async (caller) => {
      const principal = caller.kind === 'embedded' ? byName.get(caller.user) : undefined;
      return await Promise.resolve(principal === undefined ? err('no_credentials') : ok({ ...principal, token: null }));
    },
    refresh: async () => {
      const newest = await readVersion(options.store.read);
      if (newest === version) return;
      version = newest;
      await readUsers();
    },
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
