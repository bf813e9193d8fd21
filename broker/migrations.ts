// Every module's migrations as one list. Kysely runs them in the order of their names, so a new one sorts last.
import type { Migrations } from '#shared/store/migrate.ts';
import { accessMigrations } from './access/migrations.ts';
import { configMigrations } from './config/migrations.ts';
import { desktopMigrations } from './desktops/migrations.ts';
import { erasureMigrations } from './erasure/tables.ts';
import { gatewayMigrations } from './gateway/tables.ts';
import { identityMigrations } from './identity/migrations.ts';
import { postgresIssuerMigrations } from './issuers/postgres/tables.ts';
import { ledgerMigrations } from './ledger/migrations.ts';
import { replicaMigrations } from './replicas/tables.ts';
import { oversightMigrations } from './oversight/migrations.ts';
import { retentionMigrations } from './retention/tables.ts';
import { restoreMigrations } from './restore/tables.ts';
import { scimMigrations } from './scim/tables.ts';
import { sinkMigrations } from './sinks/tables.ts';
import { tokenMigrations } from './tokens/migrations.ts';

export const brokerMigrations: Migrations = {
  ...accessMigrations,
  ...configMigrations,
  ...desktopMigrations,
  ...erasureMigrations,
  ...gatewayMigrations,
  ...identityMigrations,
  ...ledgerMigrations,
  ...postgresIssuerMigrations,
  ...replicaMigrations,
  ...oversightMigrations,
  ...retentionMigrations,
  ...restoreMigrations,
  ...scimMigrations,
  ...sinkMigrations,
  ...tokenMigrations,
};
