// Loads the broker's configuration file and makes its paths absolute. Reads no secret and changes nothing.
import { dirname, resolve } from 'node:path';
import { configSchema, NOT_SUPPORTED_YET, type Config } from '#shared/contracts/config.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { ConfigProblem } from './problem.ts';
import { checkDocument, readSource } from './read-document.ts';
import type { YamlSource } from './yaml-document.ts';

export type LoadedConfig = {
  readonly config: Config;
  /** Folder of the file: where the relative paths of catalog and policies start from. */
  readonly folder: string;
  /** Where the store and `file:` references start from: all that this machine keeps for itself. */
  readonly dataFolder: string;
  /** Absolute paths of what the file names. */
  readonly storePath: string;
  readonly catalogFile: string;
  readonly policiesFolder: string;
};

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
  const checked = checkDocument(source, configSchema, (name) =>
    NOT_SUPPORTED_YET.has(name) ? 'is not supported in this version' : 'is not known',
  );
  if (!checked.ok) return checked;
  const config = checked.value.value;
  const folder = dirname(resolve(source.file));
  return ok({
    config,
    folder,
    dataFolder: resolve(dataFolder),
    storePath: resolve(dataFolder, config.store.slice('sqlite:'.length)),
    catalogFile: resolve(folder, config.catalog),
    policiesFolder: resolve(folder, config.policies),
  });
}
