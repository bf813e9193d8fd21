// What the database says of accounts, disabled people and devices, in memory, so that eligibility is asked without
// waiting. Brought up to date at the begin of each call: only what changed since is read.
import type { OidcIdentity } from '#shared/contracts/config.ts';
import type { DeviceFacts, DeviceId, Principal, SubjectId } from '#shared/domain/identity.ts';
import type { BrokerStore } from '#broker/store.ts';
import { readVersion } from '#broker/identity/directory-version.ts';
import type { AccountRow } from '#broker/identity/tables.ts';
import { principalOfAccount } from './account-rows.ts';

export type Known = { readonly row: AccountRow; readonly principal: Principal };

export type DirectoryMemory = {
  /** After it, the memory has everything that was committed before the call. Throws when the store cannot be read. */
  readonly refresh: () => Promise<void>;
  readonly find: (subject: SubjectId) => Known | null;
  readonly findAccount: (externalId: string) => Known | null;
  readonly all: () => Iterable<Known>;
  readonly isDisabled: (principal: Pick<Principal, 'subject' | 'person'>) => boolean;
  readonly deviceFacts: (device: DeviceId) => DeviceFacts | null;
  /** Takes what was just written here, without reading it again. */
  readonly put: (externalId: string, row: AccountRow) => void;
};

type Options = {
  readonly store: BrokerStore;
  readonly oidc: OidcIdentity;
  readonly onChange: () => void;
};

export function createDirectoryMemory({ store, oidc, onChange }: Options): DirectoryMemory {
  const bySubject = new Map<SubjectId, Known>();
  const byExternalId = new Map<string, Known>();
  const devices = new Map<DeviceId, DeviceFacts>();
  let disabled: ReadonlySet<string> = new Set();
  let version = -1;

  const put = (externalId: string, row: AccountRow): void => {
    const principal = principalOfAccount(row, externalId, oidc);
    // A service that left the configuration is nobody any more.
    if (principal === null) return;
    const known = { row, principal };
    bySubject.set(row.subject, known);
    byExternalId.set(externalId, known);
  };
  const forget = (subject: SubjectId): void => {
    bySubject.delete(subject);
    for (const [externalId, { row }] of byExternalId) if (row.subject === subject) byExternalId.delete(externalId);
  };
  const readChanges = async (): Promise<void> => {
    const newest = await readVersion(store.read);
    if (newest === version) return;
    // A restored backup is older than the memory: then nothing of the memory is known to be true.
    const since = newest < version ? -1 : version;
    const accounts = await readAccounts(store, oidc.issuer, since);
    const facts = await store.read.selectFrom('device_facts').selectAll().where('version', '>', since).execute();
    const rows = await store.read.selectFrom('disabled').select('id').execute();
    const erased = await store.read
      .selectFrom('erased_subjects')
      .select('subject')
      .where('version', '>', since)
      .execute();
    if (since === -1) for (const map of [bySubject, byExternalId, devices]) map.clear();
    // Before the accounts: who was erased may have come back since, as another one.
    for (const { subject } of erased) forget(subject);
    for (const { external_id: externalId, ...row } of accounts) put(externalId, row);
    for (const row of facts)
      devices.set(row.device, {
        managed: known(row.managed),
        diskEncrypted: known(row.disk_encrypted),
        country: row.country,
      });
    disabled = new Set(rows.map(({ id }) => id));
    version = newest;
    onChange();
  };
  return {
    refresh: sharedRuns(readChanges),
    find: (subject) => bySubject.get(subject) ?? null,
    findAccount: (externalId) => byExternalId.get(externalId) ?? null,
    all: () => bySubject.values(),
    isDisabled: ({ subject, person }) => disabled.has(subject) || disabled.has(person),
    deviceFacts: (device) => devices.get(device) ?? null,
    put,
  };
}

async function readAccounts(store: BrokerStore, issuer: string, since: number) {
  return await store.read
    .selectFrom('accounts')
    .innerJoin('subjects', 'subjects.id', 'accounts.subject')
    .selectAll('accounts')
    .select('subjects.external_id')
    // Of another issuer are the accounts of an earlier configuration: nobody can prove to be one of them.
    .where('subjects.issuer', '=', issuer)
    .where('accounts.version', '>', since)
    .execute();
}

function known(value: number | null): boolean | null {
  return value === null ? null : value === 1;
}

/** One run at a time. Callers who come during a run share the next one: theirs must see what was committed before. */
function sharedRuns(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const start = (): Promise<void> => {
    const started = run().finally(() => {
      if (running === started) running = null;
    });
    running = started;
    return started;
  };
  return () => {
    if (running === null) return start();
    next ??= running.then(
      () => begin(),
      () => begin(),
    );
    return next;
  };
  function begin(): Promise<void> {
    next = null;
    return start();
  }
}
