// Starts a standalone broker: `npm run broker -- --config FILE`. Exit 0: stopped as told; 1: could not start; 2: called
// wrongly.
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createKeys } from '#broker/config/create-keys.ts';
import { newLedgerKey } from '#broker/config/new-ledger-key.ts';
import { formatProblem } from '#broker/config/problem.ts';
import { createLog } from '#broker/listen/log.ts';
import { serveBroker, type ServedBroker } from '#broker/listen/serve-broker.ts';

const USAGE = `npm run broker -- --config FILE [--data-folder DIR] [--restored] [--create-keys | --new-ledger-key]

  --config FILE       the configuration, mode standalone
  --data-folder DIR   where secrets by file: and an SQLite store are; else the folder of FILE
  --restored          the store is a restored backup: everything in it ends before anything is served, see
                      docs/operations.md; said once, with every other broker on this store stopped
  --create-keys       make the broker's four keys in DIR/keys and stop; touches none that are there
  --new-ledger-key    make a new ledger key in DIR/keys, keep the one before as ledger.previous.key, and stop; the next
                      start goes on under the new one, see docs/operations.md

SIGHUP reads catalog, policies and certificate again. SIGTERM and SIGINT stop gracefully, a second one at once.`;

type Arguments = {
  readonly config: string;
  readonly dataFolder: string;
  readonly restored: boolean;
  readonly createKeys: boolean;
  readonly newLedgerKey: boolean;
};

function readArguments(): Arguments | null {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string' },
        'data-folder': { type: 'string' },
        restored: { type: 'boolean', default: false },
        'create-keys': { type: 'boolean', default: false },
        'new-ledger-key': { type: 'boolean', default: false },
      },
    });
    const { config } = values;
    if (config === undefined || config === '') return null;
    const dataFolder = resolve(values['data-folder'] ?? dirname(resolve(config)));
    return {
      config,
      dataFolder,
      restored: values.restored,
      createKeys: values['create-keys'],
      newLedgerKey: values['new-ledger-key'],
    };
  } catch {
    return null;
  }
}

/** Plain words for whoever started it; every cause, since the first one may only say that it did not start. */
function explain(error: unknown): string {
  const words: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    words.push(cause.message);
    if (cause instanceof AggregateError) words.push(cause.errors.map(explain).join('; '));
  }
  return words.length === 0 ? 'unknown' : words.join(': ');
}

function obeySignals(broker: ServedBroker): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    broker.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(`the broker did not stop cleanly: ${explain(error)}`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => void broker.reload());
}

const NEW_LEDGER_KEY = {
  created: 'made a new ledger key, and kept the one before as ledger.previous.key: the next start signs with both',
  no_key: 'there is no ledger.key to follow',
  previous_kept:
    'there is a ledger.previous.key: take it away once every broker has started with the key after it, then call again',
} as const;

async function start(given: Arguments): Promise<number | null> {
  const { config, dataFolder, restored } = given;
  if (given.newLedgerKey) {
    const made = await newLedgerKey(join(dataFolder, 'keys'));
    console.log(NEW_LEDGER_KEY[made]);
    return made === 'created' ? 0 : 1;
  }
  if (given.createKeys) {
    const made = await createKeys(join(dataFolder, 'keys'));
    console.log(made === 'created' ? `made four keys in ${join(dataFolder, 'keys')}` : 'there are keys already');
    return made === 'created' ? 0 : 1;
  }
  const served = await serveBroker({ configFile: config, dataFolder, restored, log: createLog() });
  if (!served.ok) {
    console.error(served.error.map(formatProblem).join('\n'));
    return 1;
  }
  obeySignals(served.value);
  return null;
}

const given = readArguments();
if (given === null) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  try {
    const code = await start(given);
    if (code !== null) process.exit(code);
  } catch (error) {
    console.error(`the broker did not start: ${explain(error)}`);
    process.exit(1);
  }
}
