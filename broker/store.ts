// The broker's one database: every module's tables together.
import type { Kysely, Transaction } from 'kysely';
import type { Store } from '#shared/store/store.ts';
import type { AccessTables } from './access/tables.ts';
import type { ConfigTables } from './config/tables.ts';
import type { DesktopTables } from './desktops/tables.ts';
import type { ErasureTables } from './erasure/tables.ts';
import type { GatewayTables } from './gateway/tables.ts';
import type { IdentityTables } from './identity/tables.ts';
import type { PostgresIssuerTables } from './issuers/postgres/tables.ts';
import type { LedgerTables } from './ledger/tables.ts';
import type { ReplicaTables } from './replicas/tables.ts';
import type { OversightTables } from './oversight/tables.ts';
import type { RestoreTables } from './restore/tables.ts';
import type { LedgerSinkTables } from './sinks/tables.ts';
import type { ScimTables } from './scim/tables.ts';
import type { TokenTables } from './tokens/tables.ts';

export type Tables = AccessTables &
  ConfigTables &
  DesktopTables &
  ErasureTables &
  GatewayTables &
  IdentityTables &
  LedgerSinkTables &
  LedgerTables &
  PostgresIssuerTables &
  ReplicaTables &
  OversightTables &
  RestoreTables &
  ScimTables &
  TokenTables;
export type BrokerStore = Store<Tables>;
export type Reader = Kysely<Tables>;
export type Tx = Transaction<Tables>;
