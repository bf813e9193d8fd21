// How an audit command reaches a broker: a team's over its API, with an access token that is never an argument; an
// embedded one by opening its files, while the app does not run.
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ParseArgsConfig } from 'node:util';
import type { Broker } from '#broker/broker.ts';
import { formatProblem } from '#broker/config/problem.ts';
import { openBroker } from '#broker/open-broker.ts';
import { createBrokerClient, type BrokerClient } from '#shared/client/broker-client.ts';
import type { Problem } from '#shared/contracts/problem.ts';
import { createDeviceKey } from '#shared/device/device-proof.ts';
import type { Result } from '#shared/domain/result.ts';
import { StoreError } from '#shared/store/store-error.ts';

/** Said to whoever called, in place of a stack. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export const DOOR_OPTIONS = {
  broker: { type: 'string' },
  'token-file': { type: 'string' },
  config: { type: 'string' },
  data: { type: 'string' },
  as: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

export const DOOR_USAGE =
  '(--broker URL [--token-file FILE] | --config FILE [--data DIR] [--as USER]); the token else in DAYPASS_TOKEN';

export type Door = {
  readonly broker?: string | undefined;
  readonly 'token-file'?: string | undefined;
  readonly config?: string | undefined;
  readonly data?: string | undefined;
  readonly as?: string | undefined;
};

const EMBEDDED_URL = 'http://broker.daypass.internal';

/** Runs the work with a client and closes what it opened. */
export async function throughDoor<T>(
  door: Door,
  env: Readonly<Record<string, string | undefined>>,
  work: (client: BrokerClient) => Promise<T>,
): Promise<T> {
  if ((door.broker === undefined) === (door.config === undefined)) throw new Refused(`say which broker: ${DOOR_USAGE}`);
  if (door.broker !== undefined) return await work(await teamClient(door.broker, door, env));
  const broker = await openEmbedded(door);
  try {
    return await work(await embeddedClient(broker, door.as));
  } finally {
    await broker.close();
  }
}

async function teamClient(url: string, door: Door, env: Readonly<Record<string, string | undefined>>) {
  const file = door['token-file'];
  const token = (file === undefined ? env['DAYPASS_TOKEN'] : await readFile(file, 'utf8'))?.trim();
  if (token === undefined || token === '')
    throw new Refused('an access token is needed: --token-file, or DAYPASS_TOKEN');
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:' && !['127.0.0.1', '[::1]', 'localhost'].includes(hostname))
    throw new Refused('a token goes over https alone, or to this machine');
  return await clientOf(url, async (request) => {
    request.headers.set('authorization', `Bearer ${token}`);
    // A redirect would take the token to somebody else.
    return await fetch(request, { redirect: 'error' });
  });
}

async function openEmbedded({ config = '', data }: Door): Promise<Broker> {
  const configFile = resolve(config);
  const dataFolder = resolve(data ?? dirname(configFile));
  const onTrouble = (error: unknown, where: string): void =>
    console.error(`${where}: ${error instanceof Error ? error.message : 'trouble'}`);
  try {
    const opened = await openBroker({ configFile, dataFolder, onTrouble });
    if (opened.ok) return opened.value;
    throw new Refused(opened.error.map(formatProblem).join('\n'));
  } catch (error) {
    if (error instanceof StoreError && error.code === 'in_use')
      throw new Refused('Daypass runs and has its broker to itself: quit it first, then do this again', {
        cause: error,
      });
    throw error;
  }
}

/** As the user who was named, else as the first who administers. */
async function embeddedClient(broker: Broker, user: string | undefined): Promise<BrokerClient> {
  const as = async (each: string): Promise<BrokerClient> =>
    await clientOf(EMBEDDED_URL, async (request) => await broker.fetch(request, { kind: 'embedded', user: each }));
  if (user !== undefined) return await as(user);
  for (const candidate of broker.people) {
    const client = await as(candidate.user);
    if ((await client.holds()).ok) return client;
  }
  throw new Refused('nobody in this configuration administers: say who with --as USER');
}

async function clientOf(baseUrl: string, send: (request: Request) => Promise<Response>): Promise<BrokerClient> {
  // None of these calls needs a desktop: the key is nobody's.
  return createBrokerClient({ fetch: send, baseUrl, deviceKey: await createDeviceKey(), clock: { now: () => 0 } });
}

/** The value, or a refusal in the broker's own words. */
export function must<T>(answer: Result<T, Problem>): T {
  if (answer.ok) return answer.value;
  const { title, detail, code } = answer.error;
  throw new Refused(`${title}${detail === undefined ? '' : `: ${detail}`} (${code})`);
}
