// Changes to a desk's own copy of the solo example, before the app reads it or between two of its runs.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseDocument } from 'yaml';
import type { SoloFiles } from '../../../build/solo/prepare.ts';
import { catalogSchema } from '#shared/contracts/catalog.ts';
import { DAY_MS } from '#shared/domain/time.ts';

export type ExampleChange = {
  /** When holders are warned before the end, as ISO 8601 durations. */
  readonly warnBefore?: { readonly resource: string; readonly points: readonly string[] };
  /** Another folder of files behind a dataset. */
  readonly folder?: { readonly resource: string; readonly path: string };
  /** Nobody works today, in any time zone: internal datasets need a confirmation. */
  readonly everyDayIsHoliday?: boolean;
};

export async function editExample({ configFile }: SoloFiles, change: ExampleChange): Promise<void> {
  const catalogFile = path.join(path.dirname(configFile), 'catalog.yaml');
  const { warnBefore, folder, everyDayIsHoliday } = change;
  if (warnBefore !== undefined)
    await setIn(catalogFile, [...(await placeOf(catalogFile, warnBefore.resource)), 'warnBefore'], warnBefore.points);
  if (folder !== undefined)
    await setIn(catalogFile, [...(await placeOf(catalogFile, folder.resource)), 'upstream', 'path'], folder.path);
  if (everyDayIsHoliday === true) await setIn(configFile, ['identity', 'embedded', 'holidays'], daysAround());
}

async function placeOf(catalogFile: string, resource: string): Promise<readonly (string | number)[]> {
  const { resources } = catalogSchema.parse(parseDocument(await readFile(catalogFile, 'utf8')).toJS());
  const at = resources.findIndex(({ id }) => id === resource);
  if (at < 0) throw new Error(`The example has no ${resource}`);
  return ['resources', at];
}

async function setIn(file: string, at: readonly (string | number)[], value: unknown): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'));
  document.setIn(at, value);
  await writeFile(file, document.toString());
}

function daysAround(): readonly string[] {
  return [-1, 0, 1, 2].map((days) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10));
}
