// The whole agent in this process, for benchmarks: real keychain, database and embedded broker on its thread. Only what
// a person and a screen would do is by hand. The environment names the keyring.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Agent } from '#electron/agent/agent.ts';
import { NO_MANAGED_SINKS } from '#electron/agent/sinks/sinks-port.ts';
import { openAgent } from '#electron/agent/open-agent.ts';
import type { GrantCard } from '#shared/contracts/desktop/cards.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { settingsSchema } from '#shared/contracts/desktop/settings.ts';
import { ok } from '#shared/domain/result.ts';
import { prepareBenchFiles } from './bench-broker.ts';
import { createHandClipboard } from './hand-clipboard.ts';

const WORKER = new URL('../../broker/worker.ts', import.meta.url);
const SETTINGS = { values: settingsSchema.parse({}), managed: [] };

export type BenchAgent = {
  readonly agent: Agent;
  /** A folder on the same disk, for floors. */
  readonly folder: string;
  /** Resolves in the turn in which the agent tells of a state that fits. */
  readonly until: <T>(look: (state: DesktopState) => T | undefined) => Promise<T>;
  readonly close: () => Promise<void>;
};

/** Resolves when the first person of the example may ask. */
export async function openBenchAgent(): Promise<BenchAgent> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daypass-bench-agent-'));
  const { configFile, dataFolder } = await prepareBenchFiles(folder);
  const agent = await openAgent({
    dataFolder,
    configFile,
    version: '0.0.0',
    brokerWorker: WORKER,
    managedBroker: null,
    managedSinks: NO_MANAGED_SINKS,
    ports: {
      browser: { open: () => Promise.reject(new Error('no browser here')) },
      clipboard: createHandClipboard(),
      presence: { locked: () => false, idleMs: () => 0 },
      notices: { show: () => undefined, withdraw: () => undefined },
      settings: { state: () => SETTINGS, change: () => Promise.resolve(ok(null)), subscribe: () => () => undefined },
      log: { info: () => undefined, trouble: (event, error) => console.error(event, error) },
    },
  });
  const until = async <T>(look: (state: DesktopState) => T | undefined): Promise<T> =>
    await new Promise<T>((resolve, reject) => {
      const see = (): void => {
        try {
          const found = look(agent.state());
          if (found === undefined) return;
          stop();
          resolve(found);
        } catch (error) {
          stop();
          reject(error);
        }
      };
      const stop = agent.subscribe(see);
      see();
    });
  await until((state) => (state.me !== null && state.catalog.length > 0 ? true : undefined));
  return {
    agent,
    folder,
    until,
    close: async () => {
      await agent.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The grant of a request once its token is in the keychain and marked so. Throws when the check-out was refused. */
export function heldGrant({ grants, requests }: DesktopState, requestId: string): GrantCard | undefined {
  const problem = requests.find((request) => request.requestId === requestId)?.problem ?? null;
  if (problem !== null) throw new Error(`the check-out was refused: ${problem}`);
  return grants.find((grant) => grant.requestId === requestId && grant.phase === 'active');
}
