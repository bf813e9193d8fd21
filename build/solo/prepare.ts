// Makes the solo example ready to run in a folder of its own: keys, the model's secret, and a configuration.
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { createKeys } from '#broker/config/create-keys.ts';
import { catalogSchema } from '#shared/contracts/catalog.ts';

const EXAMPLE = path.resolve(import.meta.dirname, '..', '..', 'examples', 'solo');
const MODEL_SECRET = path.join('secrets', 'model-wink-english');

export type SoloFiles = {
  readonly configFile: string;
  readonly dataFolder: string;
  /** Holds what the model demands; only the gateway and the model read it. */
  readonly modelSecretFile: string;
};

/** Keys and the model's secret in the data folder, made once (0600 in 0700). The example's own files are used as they are. */
export async function prepareSolo(dataFolder: string): Promise<SoloFiles> {
  await mkdir(path.join(dataFolder, 'secrets'), { recursive: true, mode: 0o700 });
  await createKeys(path.join(dataFolder, 'keys'));
  const modelSecretFile = path.join(dataFolder, MODEL_SECRET);
  if (!(await exists(modelSecretFile))) {
    // Whole or not at all: half a secret would be refused at every later start.
    const draft = `${modelSecretFile}.${process.pid}`;
    await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, modelSecretFile);
  }
  return { configFile: path.join(EXAMPLE, 'daypass.yaml'), dataFolder, modelSecretFile };
}

/** The same with a copy of the example on free ports, so that it disturbs no broker that runs already. */
export async function onFreePorts(files: SoloFiles, modelPort: number): Promise<SoloFiles> {
  const example = path.join(files.dataFolder, 'example');
  await cp(EXAMPLE, example, { recursive: true });
  await editYaml(path.join(example, 'daypass.yaml'), ['gateway', 'port'], await freePort());
  const catalogFile = path.join(example, 'catalog.yaml');
  const { resources } = catalogSchema.parse(parseDocument(await readFile(catalogFile, 'utf8')).toJS());
  const model = resources.findIndex(({ id }) => id === 'model:wink-english');
  await editYaml(catalogFile, ['resources', model, 'upstream', 'url'], `http://127.0.0.1:${modelPort}`);
  return { ...files, configFile: path.join(example, 'daypass.yaml') };
}

async function editYaml(file: string, at: readonly (string | number)[], value: string | number): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'));
  document.setIn(at, value);
  await writeFile(file, document.toString());
}

/** A port that stays the same over restarts; from below the range in which systems choose ports by themselves. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const probe = createServer().listen(port, '127.0.0.1');
    const free = await Promise.race([
      once(probe, 'listening').then(() => true),
      once(probe, 'error').then(() => false),
    ]);
    if (!free) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
