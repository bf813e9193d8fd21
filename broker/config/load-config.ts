// Loads the broker's configuration file and makes its paths absolute. Reads no secret and changes nothing.
import { dirname, resolve } from 'node:path';
import { configSchema, NOT_SUPPORTED_YET, type Config } from '#shared/contracts/config.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { ConfigProblem } from './problem.ts';
import { checkDocument, readSource } from './read-document.ts';
import type { YamlSource } from './yaml-document.ts';

export type LoadedConfig = {
  readonly config: Config;
  /** Folder of the file: where its relative paths, those in references included, start from. */
  readonly folder: string;
  /** Absolute paths of what the file names. */
  readonly storePath: string;
  readonly catalogFile: string;
  readonly policiesFolder: string;
};

/** Reads and checks a configuration file. Refuses with every problem, each with path, line and column. */
export async function loadConfig(file: string): Promise<Result<LoadedConfig, readonly ConfigProblem[]>> {
  const source = await readSource(file);
  return source.ok ? parseConfig(source.value) : source;
}

export function parseConfig(source: YamlSource): Result<LoadedConfig, readonly ConfigProblem[]> {
  const checked = checkDocument(source, configSchema, (name) =>
    NOT_SUPPORTED_YET.has(name) ? 'is not supported in this version' : 'is not known',
  );
  if (!checked.ok) return checked;
  const config = checked.value.value;
  const folder = dirname(resolve(source.file));
  return ok({
    config,
    folder,
    storePath: resolve(folder, config.store.slice('sqlite:'.length)),
    catalogFile: resolve(folder, config.catalog),
    policiesFolder: resolve(folder, config.policies),
  });
}
