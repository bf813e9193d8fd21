// The embedded broker on the solo example, with a client for each of its people on a device of their own.
import { createSystemClock } from '#broker/clock.ts';
import { createBrokerClient, type BrokerClient } from '#shared/client/broker-client.ts';
import { createDeviceKey } from '#shared/device/device-proof.ts';
import { startEmbeddedBroker, type EmbeddedBroker } from '#shared/port/embedded-broker.ts';
import type { SoloFiles } from './prepare.ts';

const WORKER = new URL('../../broker/worker.ts', import.meta.url);
/** Names the broker in device proofs; nothing listens there. */
const BASE_URL = 'http://broker.daypass.internal';

export type SoloBroker = EmbeddedBroker & { readonly as: (user: string) => Promise<BrokerClient> };

/** Starts it on a worker thread. Throws with every problem of its files. */
export async function startSoloBroker({ configFile, dataFolder }: SoloFiles): Promise<SoloBroker> {
  const started = await startEmbeddedBroker({
    entry: WORKER,
    configFile,
    dataFolder,
    onTrouble: (message, where) => console.error(`trouble in ${where}: ${message}`),
  });
  if (!started.ok) throw new Error(`The broker did not start:\n${started.error.problems.join('\n')}`);
  const broker = started.value;
  const clients = new Map<string, Promise<BrokerClient>>();
  return {
    ...broker,
    as: async (user) => {
      const client = clients.get(user) ?? enrolled(broker, user);
      clients.set(user, client);
      client.catch(() => clients.delete(user));
      return await client;
    },
  };
}

async function enrolled(broker: EmbeddedBroker, user: string): Promise<BrokerClient> {
  const client = createBrokerClient({
    fetch: async (request) => await broker.fetch(request, user),
    baseUrl: BASE_URL,
    deviceKey: await createDeviceKey(),
    clock: createSystemClock(),
  });
  const device = await client.enrolDevice();
  if (!device.ok) throw new Error(device.error.title);
  return client;
}
