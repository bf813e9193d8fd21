// The desktop's one database: the vault's, the session's, the log's and the clock's tables, so that a step and its
// record are one transaction. Also tells whether the disk still takes what is written.
import { join } from 'node:path';
import { openSqlite } from '#shared/store/sqlite.ts';
import { StoreError } from '#shared/store/store-error.ts';
import type { Store } from '#shared/store/store.ts';
import { connectionMigrations, type ConnectionTables } from './connection/kept-sign-in.ts';
import { sessionMigrations } from './kept/migrations.ts';
import type { SessionTables } from './kept/tables.ts';
import { outboxMigrations } from './outbox/migrations.ts';
import { deskSinkMigrations, type DeskSinkTables } from './sinks/tables.ts';
import { timeMigrations, type TimeTables } from './time/time-marks.ts';
import { vaultMigrations } from './vault/migrations.ts';
import type { VaultTables } from './vault/tables.ts';

type AgentTables = VaultTables & SessionTables & TimeTables & ConnectionTables & DeskSinkTables;

export type AgentStore = Store<AgentTables> & {
  /** Whether the last write failed for want of room, or of a disk that can be written. */
  readonly diskFull: () => boolean;
};

const FULL: ReadonlySet<StoreError['code']> = new Set(['disk_full', 'read_only', 'io']);

/** Opens and migrates `agent.sqlite` in the folder. Refuses with a StoreError, as `in_use` while another app has it. */
export async function openAgentStore(dataFolder: string, changed: () => void): Promise<AgentStore> {
  const store = await openSqlite<AgentTables>({
    path: join(dataFolder, 'agent.sqlite'),
    migrations: {
      ...vaultMigrations,
      ...sessionMigrations,
      ...timeMigrations,
      ...outboxMigrations,
      ...connectionMigrations,
      ...deskSinkMigrations,
    },
    soleOwner: true,
  });
  let full = false;
  const found = (now: boolean): void => {
    if (full === now) return;
    full = now;
    changed();
  };
  return {
    ...store,
    diskFull: () => full,
    transaction: async (work) => {
      try {
        const value = await store.transaction(work);
        found(false);
        return value;
      } catch (error) {
        if (error instanceof StoreError && FULL.has(error.code)) found(true);
        throw error;
      }
    },
  };
}
