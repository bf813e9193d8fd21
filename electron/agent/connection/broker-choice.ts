// Which broker the person chose, in one small file of the data folder, and the data area that each broker has for itself:
// what belongs to one is never in another's, neither on disk nor in the keychain.
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { brokerUrlSchema } from '#shared/contracts/desktop/connection.ts';
import { areaNameOf } from './broker-address.ts';

export type BrokerChoice = { readonly kind: 'embedded' } | { readonly kind: 'team'; readonly url: string };

const choiceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('embedded') }),
  z.strictObject({ kind: z.literal('team'), url: brokerUrlSchema }),
]);

const FILE = 'broker.json';
const AREAS = 'brokers';

/** None chosen: embedded. Throws when the file is there and cannot be read: then nobody knows whose access this is. */
export function readBrokerChoice(dataFolder: string): BrokerChoice {
  let text: string;
  try {
    text = readFileSync(join(dataFolder, FILE), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { kind: 'embedded' };
    throw error;
  }
  return choiceSchema.parse(JSON.parse(text));
}

/** Whole or not at all, also when the machine stops now. */
export function writeBrokerChoice(dataFolder: string, choice: BrokerChoice): void {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const written = join(dataFolder, `${FILE}.new`);
  const file = openSync(written, 'w', 0o600);
  try {
    writeSync(file, JSON.stringify(choice));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(written, join(dataFolder, FILE));
}

/** Where everything of this broker is. The embedded one has the data folder itself. */
export function areaOf(dataFolder: string, choice: BrokerChoice): string {
  return choice.kind === 'embedded' ? dataFolder : join(dataFolder, AREAS, areaNameOf(choice.url));
}

/** The areas of all other brokers that were ever used here. */
export function otherAreas(dataFolder: string, choice: BrokerChoice): readonly string[] {
  let names: readonly string[] = [];
  try {
    names = readdirSync(join(dataFolder, AREAS));
  } catch {
    // No other broker was ever used.
  }
  const own = areaOf(dataFolder, choice);
  return [dataFolder, ...names.map((name) => join(dataFolder, AREAS, name))].filter((area) => area !== own);
}
