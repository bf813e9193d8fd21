// Tables of the gateway, and how they are made. `gateway_open_uses` holds the calls that have begun and not ended:
// what is there of a replica that does not live was cut by its end.
import type { SubjectId } from '#shared/domain/identity.ts';
import type { ResourceId } from '#shared/domain/scope.ts';
import type { Migrations } from '#shared/store/migrate.ts';

export type OpenUseRow = {
  readonly use_id: string;
  readonly grant_id: string;
  readonly request_id: string;
  readonly subject: SubjectId;
  readonly resource: ResourceId;
  /** The replica that the call runs in; null of a time before there were several. */
  readonly replica: string | null;
};

export type QuotaRow = { readonly grant_id: string; readonly bytes_out: number };

/** Where replicas share the database: the one call of a grant that ends with its operation, running or made. */
export type OperationRow = { readonly grant_id: string; readonly use_id: string };

export type GatewayTables = {
  readonly gateway_open_uses: OpenUseRow;
  readonly gateway_quota: QuotaRow;
  readonly gateway_operations: OperationRow;
};

/** The gateway's own steps: SQL that SQLite and PostgreSQL both run. */
export const gatewayMigrations: Migrations = {
  'gateway-0001': {
    async up(db) {
      await db.schema
        .createTable('gateway_open_uses')
        .addColumn('use_id', 'text', (column) => column.primaryKey())
        .addColumn('grant_id', 'text', (column) => column.notNull())
        .addColumn('request_id', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('resource', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('gateway_quota')
        .addColumn('grant_id', 'text', (column) => column.primaryKey())
        .addColumn('bytes_out', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  'gateway-0002-replica': {
    async up(db) {
      await db.schema.alterTable('gateway_open_uses').addColumn('replica', 'text').execute();
    },
  },
  'gateway-0003-operations': {
    async up(db) {
      await db.schema
        .createTable('gateway_operations')
        .addColumn('grant_id', 'text', (column) => column.primaryKey())
        .addColumn('use_id', 'text', (column) => column.notNull())
        .execute();
    },
  },
};
