// The solo example's broker on a file database and the system's clock, in this process, for benchmarks.
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSystemClock } from '#broker/clock.ts';
import { openBroker } from '#broker/open-broker.ts';
import { createBrokerClient, type BrokerClient } from '#shared/client/broker-client.ts';
import { createDeviceKey, type DeviceKey } from '#shared/device/device-proof.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { onFreePorts, prepareSolo, type SoloFiles } from '../../build/solo/prepare.ts';

export type BenchBroker = {
  /** Enrols the device key, by default a new one. */
  readonly client: (user: string, deviceKey?: DeviceKey) => Promise<BrokerClient>;
  /** A folder on the same disk, for floors. */
  readonly folder: string;
  readonly close: () => Promise<void>;
};

/** A wish that the example's policies approve at any hour. */
export const APPROVED = {
  resource: 'dataset:penguins',
  actions: ['read'],
  purpose: 'evaluation',
  durationMs: HOUR_MS,
};

const GENEROUS = `
limits: { dryRunsPerMinute: 1000000 }
rateLimits: { requestsPerMinute: 1000000, collectsPerMinute: 1000000, appendsPerMinute: 1000000, readsPerMinute: 1000000 }`;

/** A copy of the solo example on free ports, whose limits no benchmark reaches. */
export async function prepareBenchFiles(folder: string): Promise<SoloFiles> {
  const files = await onFreePorts(await prepareSolo(folder), 1);
  await appendFile(files.configFile, `\n${GENEROUS}\n`);
  return files;
}

export async function openBenchBroker(): Promise<BenchBroker> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daypass-bench-'));
  const files = await prepareBenchFiles(folder);
  const opened = await openBroker({ ...files, onTrouble: (error) => console.error(error) });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const broker = opened.value;
  return {
    folder,
    client: async (user, deviceKey) => {
      const client = createBrokerClient({
        fetch: async (request) => await broker.fetch(request, { kind: 'embedded', user }),
        baseUrl: 'http://broker.daypass.internal',
        deviceKey: deviceKey ?? (await createDeviceKey()),
        clock: createSystemClock(),
      });
      await client.enrolDevice();
      return client;
    },
    close: async () => {
      await broker.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
