// Loads the broker's configuration file and makes its paths absolute. Reads no secret and changes nothing.
import { dirname, resolve } from 'node:path';
import { configSchema, STANDALONE_ONLY, type Config } from '#shared/contracts/config.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { checkStandalone } from './check-standalone.ts';
import type { ConfigProblem } from './problem.ts';
import { checkDocument, readSource } from './read-document.ts';
import type { YamlSource } from './yaml-document.ts';

export type StorePlace =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string };

export type LoadedConfig = {
  readonly config: Config;
  /** Folder of the file: where the relative paths of catalog and policies start from. */
  readonly folder: string;
  /** Where the store and `file:` references start from: all that this machine keeps for itself. */
  readonly dataFolder: string;
  /** Absolute paths of what the file names. */
  readonly store: StorePlace;
  readonly catalogFile: string;
  readonly policiesFolder: string;
};

const SQLITE = 'sqlite:';

/**
 * Reads and checks a configuration file. Refuses with every problem, each with path, line and column.
 * `dataFolder`: where the broker keeps what it writes; the file's own folder unless given.
 */
export async function loadConfig(
  file: string,
  dataFolder?: string,
): Promise<Result<LoadedConfig, readonly ConfigProblem[]>> {
  const source = await readSource(file);
  return source.ok ? parseConfig(source.value, dataFolder) : source;
}

export function parseConfig(
  source: YamlSource,
  dataFolder = dirname(resolve(source.file)),
): Result<LoadedConfig, readonly ConfigProblem[]> {
  const checked = checkDocument(source, configSchema, explainUnknown);
  if (!checked.ok) return checked;
  const { value: config, document } = checked.value;
  const contradictions = config.mode === 'standalone' ? checkStandalone(config, document) : [];
  if (contradictions.length > 0) return err(contradictions);
  const folder = dirname(resolve(source.file));
  return ok({
    config,
    folder,
    dataFolder: resolve(dataFolder),
    store: config.store.startsWith(SQLITE)
      ? { kind: 'sqlite', path: resolve(dataFolder, config.store.slice(SQLITE.length)) }
      : { kind: 'postgres', url: config.store },
    catalogFile: resolve(folder, config.catalog),
    policiesFolder: resolve(folder, config.policies),
  });
}

function explainUnknown(name: string): string {
  return STANDALONE_ONLY.has(name) ? 'belongs to mode standalone' : 'is not known';
}
