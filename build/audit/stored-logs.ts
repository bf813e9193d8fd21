// Finds the log that somebody means in the files of a broker or of a desktop, and opens its database to look at.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '#broker/config/load-config.ts';
import { formatProblem } from '#broker/config/problem.ts';
import { findLedgerRotations } from '#broker/ledger/key-chain.ts';
import { LEDGER_TABLES } from '#broker/ledger/tables.ts';
import { createSecrets } from '#broker/config/secrets.ts';
import { environment } from '#broker/config/environment.ts';
import { OUTBOX_TABLES } from '#electron/agent/outbox/tables.ts';
import { areaOf, readBrokerChoice } from '#electron/agent/connection/broker-choice.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { StoredLogPlace } from '#shared/log/stored-export.ts';
import { openReadOnly, type ReadOnlyPlace } from '#shared/store/open-read-only.ts';

export type Place = {
  /** A broker's configuration. */
  readonly configFile: string | null;
  /** A data folder: of the app, or where that configuration's store and secrets are. */
  readonly dataFolder: string | null;
};

export type OpenedLog = StoredLogPlace & { readonly close: () => Promise<void> };

/** The store of an embedded broker that was started without a configuration of one's own. */
const EMBEDDED_STORE = 'broker.sqlite';
const DESKTOP_STORE = 'agent.sqlite';

/** Refuses with words for whoever asked. Never creates a file. */
export async function openStoredLog(
  of: Place & { readonly log: 'ledger' | 'desktop' },
): Promise<Result<OpenedLog, string>> {
  const place = of.log === 'ledger' ? await ledgerOf(of) : await desktopOf(of);
  if (!place.ok) return place;
  const db = openReadOnly<unknown>(place.value);
  const close = (): Promise<void> => db.destroy();
  if (of.log === 'desktop') return ok({ db, tables: OUTBOX_TABLES, close });
  return ok({ db, tables: LEDGER_TABLES, findRotations: findLedgerRotations, close });
}

async function ledgerOf({ configFile, dataFolder }: Place): Promise<Result<ReadOnlyPlace, string>> {
  if (configFile === null) return await fileIn(dataFolder ?? '.', EMBEDDED_STORE);
  const loaded = await loadConfig(configFile, dataFolder ?? undefined);
  if (!loaded.ok) return err(loaded.error.map(formatProblem).join('\n'));
  const { store, config } = loaded.value;
  if (store.kind === 'sqlite') return ok(store);
  const reference = config.mode === 'standalone' ? config.storePassword : undefined;
  if (reference === undefined) return ok(store);
  const secrets = createSecrets({ folder: loaded.value.dataFolder, env: environment });
  return ok({ ...store, password: await secrets.read(reference) });
}

/** Of the broker that the app uses now, or of the data area itself. */
async function desktopOf({ dataFolder }: Place): Promise<Result<ReadOnlyPlace, string>> {
  if (dataFolder === null) return err('--log desktop needs --data: the data folder of the app');
  return await fileIn(areaOf(dataFolder, readBrokerChoice(dataFolder)), DESKTOP_STORE);
}

async function fileIn(folder: string, name: string): Promise<Result<ReadOnlyPlace, string>> {
  const path = join(folder, name);
  const isThere = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isThere) return ok({ kind: 'sqlite', path });
  const there = await readdir(folder).catch(() => []);
  const others = there.filter((file) => file.endsWith('.sqlite'));
  return err(`there is no ${name} in ${folder}${others.length === 0 ? '' : `, only ${others.join(', ')}`}`);
}
