// Creates the tables of requests, approvals, grants and credentials. Only SQL that SQLite and PostgreSQL both run.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

async function createRequests(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('requests')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('close_code', 'text')
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('device', 'text', (column) => column.notNull())
    .addColumn('resource', 'text', (column) => column.notNull())
    .addColumn('asked', 'text', (column) => column.notNull())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('scope_hash', 'text', (column) => column.notNull())
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('justification', 'text', (column) => column.notNull())
    .addColumn('ticket', 'text')
    .addColumn('ends_with', 'text')
    .addColumn('extends_grant', 'text')
    .addColumn('bundle_id', 'text')
    .addColumn('decision', 'text', (column) => column.notNull())
    .addColumn('floor', 'text')
    .addColumn('self_confirmed', 'integer', (column) => column.notNull())
    .addColumn('provenance', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('approved_at_ms', 'bigint')
    .addColumn('closed_at_ms', 'bigint')
    .addColumn('lapses_at_ms', 'bigint')
    .addColumn('grant_id', 'text')
    .execute();
  await db.schema.createIndex('requests_by_subject').on('requests').columns(['subject', 'created_at_ms']).execute();
  await db.schema.createIndex('requests_by_state').on('requests').columns(['state', 'lapses_at_ms']).execute();
  await db.schema.createIndex('requests_by_extended_grant').on('requests').column('extends_grant').execute();
}

async function createApprovals(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('approvals')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('request_id', 'text', (column) => column.notNull().references('requests.id'))
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('answer', 'text', (column) => column.notNull())
    .addColumn('scope_hash', 'text', (column) => column.notNull())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('one_answer_a_person', ['request_id', 'person'])
    .execute();
}

async function createGrants(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('grants')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('request_id', 'text', (column) => column.notNull().unique().references('requests.id'))
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('device', 'text', (column) => column.notNull())
    .addColumn('resource', 'text', (column) => column.notNull())
    .addColumn('actions', 'text', (column) => column.notNull())
    .addColumn('catalog_hash', 'text', (column) => column.notNull())
    .addColumn('collect_id', 'text', (column) => column.notNull())
    .addColumn('policy_hash', 'text', (column) => column.notNull())
    .addColumn('extends_grant', 'text')
    .addColumn('chain_started_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('ends_with', 'text')
    .addColumn('starts_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('ends_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('activate_by_ms', 'bigint', (column) => column.notNull())
    .addColumn('end_reason', 'text')
    .addColumn('end_due_at_ms', 'bigint')
    .addColumn('receipt', 'text')
    .addColumn('revoke_attempts', 'integer', (column) => column.notNull())
    .addColumn('retry_at_ms', 'bigint')
    .addColumn('ended_at_ms', 'bigint')
    .execute();
  await db.schema.createIndex('grants_by_state').on('grants').columns(['state', 'ends_at_ms']).execute();
  await db.schema.createIndex('grants_by_subject').on('grants').columns(['subject', 'starts_at_ms']).execute();
  await db.schema.createIndex('grants_by_extended_grant').on('grants').column('extends_grant').execute();
}

async function createCredentials(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('credentials')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('grant_id', 'text', (column) => column.notNull().references('grants.id'))
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('fingerprint', 'text')
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('revoked_at_ms', 'bigint')
    .execute();
  await db.schema.createIndex('credentials_by_grant').on('credentials').column('grant_id').execute();
}

async function createIdempotency(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('idempotency')
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('route', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('body_hash', 'text', (column) => column.notNull())
    .addColumn('request_id', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('one_request_a_key', ['subject', 'route', 'key'])
    .execute();
}

async function addSignInColumns(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('approvals').addColumn('auth_time_ms', 'bigint').execute();
  await db.schema.alterTable('requests').addColumn('network_address', 'text').execute();
  await db.schema.alterTable('requests').addColumn('auth_time_ms', 'bigint').execute();
}

/** What chases a request that nobody answers, and emergencies. */
async function addApprovalColumns(db: Kysely<never>): Promise<void> {
  const requests = db.schema.alterTable('requests');
  await requests.addColumn('break_glass', 'integer', (column) => column.notNull().defaultTo(0)).execute();
  await requests.addColumn('nudged_at_ms', 'bigint').execute();
  await requests.addColumn('reminders', 'integer', (column) => column.notNull().defaultTo(0)).execute();
  await requests.addColumn('remind_at_ms', 'bigint').execute();
  await requests.addColumn('escalate_at_ms', 'bigint').execute();
  await requests.addColumn('escalate_to', 'text', (column) => column.notNull().defaultTo('[]')).execute();
  await requests.addColumn('escalated_at_ms', 'bigint').execute();
  await requests.addColumn('close_reason', 'text').execute();
  const grants = db.schema.alterTable('grants');
  await grants.addColumn('break_glass', 'integer', (column) => column.notNull().defaultTo(0)).execute();
  await db.schema.createIndex('requests_to_remind').on('requests').columns(['state', 'remind_at_ms']).execute();
  await db.schema.createIndex('requests_to_escalate').on('requests').columns(['state', 'escalate_at_ms']).execute();
  await db.schema
    .createIndex('requests_in_emergency')
    .on('requests')
    .columns(['break_glass', 'created_at_ms'])
    .execute();
}

/** What people wrote to whom they took something from, and who wrote it: words of theirs can be erased. */
async function addEndWords(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('requests').addColumn('closed_by', 'text').execute();
  const grants = db.schema.alterTable('grants');
  await grants.addColumn('ended_by', 'text').execute();
  await grants.addColumn('end_words', 'text').execute();
}

export const accessMigrations: Readonly<Record<string, Migration>> = {
  'access-0001': {
    up: async (db: Kysely<never>) => {
      await createRequests(db);
      await createApprovals(db);
      await createGrants(db);
      await createCredentials(db);
      await createIdempotency(db);
    },
  },
  // Old keys are looked for every few seconds.
  'access-0002': {
    up: async (db: Kysely<never>) => {
      await db.schema.createIndex('idempotency_by_age').on('idempotency').column('created_at_ms').execute();
    },
  },
  'access-sign-in-0001': { up: addSignInColumns },
  'access-approvals-0001': { up: addApprovalColumns },
  'access-end-words-0001': { up: addEndWords },
};
