// The whole agent of one desktop that may use a team's broker over HTTP. Keychain, clipboard and browser are small; its
// embedded broker only refuses to start.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { Agent } from '#electron/agent/agent.ts';
import { systemTimers } from '#electron/agent/clock.ts';
import { openNetwork, type Network } from '#electron/agent/connection/https-fetch.ts';
import { openSwitchingAgent } from '#electron/agent/connection/switching-agent.ts';
import { NO_MANAGED_SINKS, type ManagedSinksPort } from '#electron/agent/sinks/sinks-port.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { settingsSchema } from '#shared/contracts/desktop/settings.ts';
import { ok } from '#shared/domain/result.ts';
import { expectOk } from './broker-world.ts';
import { createHandClipboard, type HandClipboard } from './hand-clipboard.ts';
import { createHandKeychain, type HandKeychain } from './hand-keychain.ts';
import type { Account } from './oidc/accounts.ts';
import { openSmallBrowser } from './small-browser.ts';

export type TeamDesk = {
  readonly agent: Agent;
  readonly keychain: HandKeychain;
  readonly clipboard: HandClipboard;
  readonly folder: string;
  readonly troubles: string[];
  /** Every address that a browser was opened with. */
  readonly opened: string[];
  /** Ends the agent; what is on its disk and in its keychain stays for another one. */
  readonly close: () => Promise<void>;
  readonly dispose: () => Promise<void>;
};

type TeamDeskOptions = {
  /** Who sits there and signs in wherever a browser opens. Null: nobody does. */
  readonly account: Account | null;
  readonly managedBroker?: string | null;
  readonly managedSinks?: ManagedSinksPort;
  readonly wipeOnQuit?: boolean;
  /** The same machine once more. */
  readonly on?: Pick<TeamDesk, 'folder' | 'keychain'>;
  /** Told of every call that goes out, before it does. */
  readonly onCall?: (url: URL) => void;
};

export async function openTeamDesk(options: TeamDeskOptions): Promise<TeamDesk> {
  const { account, managedBroker = null, managedSinks = NO_MANAGED_SINKS, wipeOnQuit = true, on, onCall } = options;
  const folder = on?.folder ?? mkdtempSync(join(tmpdir(), 'daypass-team-desk-'));
  const keychain = on?.keychain ?? createHandKeychain();
  const clipboard = createHandClipboard();
  const browser = openSmallBrowser();
  const settings = { values: settingsSchema.parse({ wipeOnQuit }), managed: [] };
  const troubles: string[] = [];
  const opened: string[] = [];
  const agent = await openSwitchingAgent(
    {
      dataFolder: folder,
      configFile: join(folder, 'none.yaml'),
      version: '0.0.0',
      brokerWorker: new URL('./refusing-broker.ts', import.meta.url),
      managedBroker,
      managedSinks,
      ports: {
        browser: {
          open: async (url) => {
            opened.push(url);
            if (account !== null) void browser.signIn(url, account).catch(() => undefined);
          },
        },
        clipboard,
        presence: { locked: () => false, idleMs: () => 0 },
        notices: { show: () => undefined, withdraw: () => undefined },
        settings: { state: () => settings, change: async () => ok(null), subscribe: () => () => undefined },
        log: { info: () => undefined, trouble: (event) => void troubles.push(event) },
      },
    },
    { keychain, network: watched(openNetwork(), onCall), timers: systemTimers },
  );
  return {
    agent,
    keychain,
    clipboard,
    folder,
    troubles,
    opened,
    close: agent.close,
    dispose: async () => {
      await agent.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits for what the window would show; says how the desktop stands when that does not come. */
export async function shows<T>(
  { agent }: Pick<TeamDesk, 'agent'>,
  look: (state: DesktopState) => T | null | undefined | false,
): Promise<T> {
  return await vi.waitFor(
    () => {
      const found = look(agent.state());
      if (found === null || found === undefined || found === false)
        throw new Error(JSON.stringify(agent.state().connection));
      return found;
    },
    { timeout: 15_000, interval: 20 },
  );
}

/** Signs in by the browser, and waits until there is something to ask for. */
export async function signInAt(desk: TeamDesk): Promise<void> {
  expectOk(await desk.agent.commands['sign-in']({ how: 'browser', fresh: false }));
  await shows(desk, ({ broker, me, catalog }) => broker.kind === 'ready' && me !== null && catalog.length > 0);
}

export function copiesIn({ keychain }: Pick<TeamDesk, 'keychain'>): readonly string[] {
  return [...keychain.items.keys()].filter((name) => name.startsWith('copy:'));
}

function watched(network: Network, onCall: TeamDeskOptions['onCall']): Network {
  return {
    ...network,
    fetch: async (request) => {
      onCall?.(new URL(request.url));
      return await network.fetch(request);
    },
  };
}
