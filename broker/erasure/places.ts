// Everywhere that the database keeps what somebody is called or wrote, or what was written about them: one entry each,
// how it is counted and how it is erased. docs/privacy.md has the same places; a new text column needs an answer there.
import type { SelectQueryBuilder } from 'kysely';
import { z } from 'zod';
import { eraseSubject } from '#broker/ledger/personal-keys.ts';
import type { Reader, Tables, Tx } from '#broker/store.ts';
import type { PersonId, SubjectId } from '#shared/domain/identity.ts';
import { ERASURE_PLACES, type ErasurePlace } from '#shared/contracts/erasure-api.ts';

export type Whose = {
  readonly subjects: readonly [SubjectId, ...SubjectId[]];
  /** Null: the accounts are of nobody that the directory knows. */
  readonly person: PersonId | null;
};

type Place = {
  /** The tables that it changes: their old bytes have to go from the files too. */
  readonly tables: readonly string[];
  readonly count: (db: Reader, whose: Whose) => Promise<number>;
  readonly erase: (tx: Tx, whose: Whose) => Promise<void>;
};

/** What people see instead of a name that was erased. */
export const ERASED_NAME = 'Somebody who was erased';

export const PLACES: Readonly<Record<ErasurePlace, Place>> = {
  ledger_words: {
    tables: ['ledger_word_keys', 'ledger_subject_keys'],
    count: async (db, { subjects }) =>
      (await countOf(db.selectFrom('ledger_word_keys').where('subject', 'in', subjects))) +
      (await countOf(db.selectFrom('ledger_subject_keys').where('subject', 'in', subjects))),
    erase: async (tx, { subjects }) => {
      for (const subject of subjects) await eraseSubject(tx, subject);
    },
  },
  requests: {
    tables: ['requests'],
    count: async (db, { subjects }) =>
      await countOf(
        db
          .selectFrom('requests')
          .where((eb) => eb.or([eb('subject', 'in', subjects), eb('closed_by', 'in', subjects)]))
          .where((eb) =>
            eb.or([
              eb('justification', '!=', ''),
              eb('ticket', 'is not', null),
              eb('close_reason', 'is not', null),
              eb('network_address', 'is not', null),
            ]),
          ),
      ),
    erase: async (tx, { subjects }) => {
      const own = { justification: '', ticket: null, close_reason: null, network_address: null, auth_time_ms: null };
      await tx.updateTable('requests').set(own).where('subject', 'in', subjects).execute();
      await tx.updateTable('requests').set({ close_reason: null }).where('closed_by', 'in', subjects).execute();
    },
  },
  asked_approvers: {
    tables: ['requests'],
    count: async (db, whose) => (await naming(db, whose)).length,
    erase: async (tx, whose) => {
      for (const { id, decision } of await naming(tx, whose)) {
        const nameless = JSON.stringify(withoutNames(JSON.parse(decision), whose));
        await tx.updateTable('requests').set({ decision: nameless }).where('id', '=', id).execute();
      }
    },
  },
  approvals: {
    tables: ['approvals'],
    count: async (db, { subjects }) =>
      await countOf(
        db
          .selectFrom('approvals')
          .where('reason', 'is not', null)
          .where((eb) => eb.or([eb('subject', 'in', subjects), eb('request_id', 'in', requestsOf(db, subjects))])),
      ),
    erase: async (tx, { subjects }) => {
      await tx
        .updateTable('approvals')
        .set({ reason: null, auth_time_ms: null })
        .where((eb) => eb.or([eb('subject', 'in', subjects), eb('request_id', 'in', requestsOf(tx, subjects))]))
        .execute();
    },
  },
  ends: {
    tables: ['grants'],
    count: async (db, { subjects }) =>
      await countOf(
        db
          .selectFrom('grants')
          .where('end_words', 'is not', null)
          .where((eb) => eb.or([eb('subject', 'in', subjects), eb('ended_by', 'in', subjects)])),
      ),
    erase: async (tx, { subjects }) => {
      await tx
        .updateTable('grants')
        .set({ end_words: null })
        .where((eb) => eb.or([eb('subject', 'in', subjects), eb('ended_by', 'in', subjects)]))
        .execute();
    },
  },
  findings: {
    tables: ['findings'],
    count: async (db, { subjects }) =>
      await countOf(
        db
          .selectFrom('findings')
          .where('note', 'is not', null)
          .where((eb) => eb.or([eb('answered_by', 'in', subjects), eb('grant_id', 'in', grantsOf(db, subjects))])),
      ),
    erase: async (tx, { subjects }) => {
      await tx
        .updateTable('findings')
        .set({ note: null })
        .where((eb) => eb.or([eb('answered_by', 'in', subjects), eb('grant_id', 'in', grantsOf(tx, subjects))]))
        .execute();
    },
  },
  repeats: {
    tables: ['idempotency'],
    count: async (db, { subjects }) => await countOf(db.selectFrom('idempotency').where('subject', 'in', subjects)),
    erase: async (tx, { subjects }) => {
      await tx.deleteFrom('idempotency').where('subject', 'in', subjects).execute();
    },
  },
  devices: {
    tables: ['devices', 'device_facts'],
    count: async (db, { subjects }) => await countOf(db.selectFrom('devices').where('subject', 'in', subjects)),
    erase: async (tx, { subjects }) => {
      const rows = await tx.selectFrom('devices').select('id').where('subject', 'in', subjects).execute();
      await tx.deleteFrom('devices').where('subject', 'in', subjects).execute();
      // A device that somebody else uses too stays described.
      const others = tx.selectFrom('devices').select('id');
      const left = rows.map(({ id }) => id);
      if (left.length > 0)
        await tx.deleteFrom('device_facts').where('device', 'in', left).where('device', 'not in', others).execute();
    },
  },
  directory: {
    tables: ['scim_users'],
    count: async (db, { subjects }) => await countOf(db.selectFrom('scim_users').where('subject', 'in', subjects)),
    erase: async (tx, { subjects }) => {
      await tx.deleteFrom('scim_users').where('subject', 'in', subjects).execute();
    },
  },
  accounts: {
    tables: ['accounts'],
    count: async (db, { subjects }) => await countOf(db.selectFrom('accounts').where('subject', 'in', subjects)),
    erase: async (tx, { subjects }) => {
      await tx.deleteFrom('accounts').where('subject', 'in', subjects).execute();
    },
  },
  pseudonyms: {
    tables: ['subjects'],
    count: async (db, { subjects }) =>
      await countOf(db.selectFrom('subjects').where('id', 'in', subjects).where('issuer', '!=', NOBODYS)),
    erase: async (tx, { subjects }) => {
      for (const id of subjects)
        await tx.updateTable('subjects').set({ issuer: NOBODYS, external_id: id }).where('id', '=', id).execute();
    },
  },
  holds: {
    tables: ['legal_holds'],
    count: async (db, whose) =>
      await countOf(db.selectFrom('legal_holds').where('reason', '!=', '').where('placed_by', 'in', whose.subjects)),
    erase: async (tx, { subjects }) => {
      await tx.updateTable('legal_holds').set({ reason: '' }).where('placed_by', 'in', subjects).execute();
    },
  },
};

export type Reached = { readonly place: ErasurePlace; readonly rows: number };

/** What an erasure of these accounts would reach now, place by place. */
export async function countReach(db: Reader, whose: Whose): Promise<readonly Reached[]> {
  const places: Reached[] = [];
  for (const place of ERASURE_PLACES) places.push({ place, rows: await PLACES[place].count(db, whose) });
  return places;
}

/** No configuration can name this issuer, so nobody can ever prove to be such an account. */
export const NOBODYS = '';

/** Tables whose old bytes an erasure leaves behind, each once. */
export const TOUCHED_TABLES: readonly string[] = [...new Set(Object.values(PLACES).flatMap(({ tables }) => tables))];

async function countOf<T extends keyof Tables>(
  rows: SelectQueryBuilder<Tables, T, Record<never, never>>,
): Promise<number> {
  const { count } = await rows.select((eb) => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  return Number(count);
}

function requestsOf(db: Reader, subjects: readonly SubjectId[]) {
  return db.selectFrom('requests').select('requests.id').where('requests.subject', 'in', subjects);
}

function grantsOf(db: Reader, subjects: readonly SubjectId[]) {
  return db.selectFrom('grants').select('grants.id').where('grants.subject', 'in', subjects);
}

const decisionSchema = z.looseObject({
  approvers: z.array(z.looseObject({ subject: z.string(), name: z.string() })).optional(),
});

/** A decision keeps the names of all who could approve: these rows are other people's. */
async function naming(db: Reader, { subjects }: Whose): Promise<readonly { id: string; decision: string }[]> {
  const rows = await db
    .selectFrom('requests')
    .select(['id', 'decision'])
    .where((eb) => eb.or(subjects.map((subject) => eb('decision', 'like', `%"${subject}"%`))))
    .execute();
  return rows.filter(({ decision }) => decision !== JSON.stringify(withoutNames(JSON.parse(decision), { subjects })));
}

/** The same for everybody whom a decision names: it is too old to tell anybody whom to ask. */
export function withoutAnyName(decision: string): string {
  const parsed = decisionSchema.parse(JSON.parse(decision));
  const subjects = (parsed.approvers ?? []).map(({ subject }) => subject);
  return JSON.stringify(withoutNames(parsed, { subjects }));
}

function withoutNames(decision: unknown, { subjects }: { readonly subjects: readonly SubjectId[] }): unknown {
  const parsed = decisionSchema.parse(decision);
  if (parsed.approvers === undefined) return parsed;
  const approvers = parsed.approvers.map((each) =>
    subjects.includes(each.subject) ? { ...each, name: ERASED_NAME } : each,
  );
  return { ...parsed, approvers };
}
