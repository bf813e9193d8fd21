// One window for each test of a file, closed behind it; nothing that its security policy refused or its page complained of
// may be left.
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Page } from 'playwright-core';
import type { CommandName } from '#shared/contracts/desktop/channels.ts';
import { COMMANDS } from '#shared/contracts/desktop/commands.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { startWindowHost, type Look, type OpenedWindow, type WindowHost } from './window-page.ts';

export type TestWindow = {
  readonly open: (state: DesktopState, look?: Look) => Promise<Page>;
  /** What was sent, parsed by the contract: one that the main process would refuse fails here. */
  readonly sent: (name: CommandName) => Promise<unknown[]>;
  readonly push: (state: DesktopState) => Promise<void>;
};

export function useWindow(): TestWindow {
  let host: WindowHost;
  let open: OpenedWindow | null = null;
  const opened = (): OpenedWindow => {
    if (open === null) throw new Error('no window is open');
    return open;
  };
  beforeAll(async () => {
    host = await startWindowHost();
  }, 120_000);
  afterAll(async () => await host?.close());
  afterEach(async () => {
    const faults = open?.faults ?? [];
    await open?.close();
    open = null;
    expect(faults).toEqual([]);
  }, 60_000);
  return {
    open: async (state, look = {}) => {
      open = await host.open(state, look);
      return open.page;
    },
    sent: async (name) => {
      const all = await opened().page.evaluate(
        (wanted) => window.desk.sent.filter((each) => each.name === wanted),
        name,
      );
      return all.map((each) => COMMANDS[name].args.parse(each.args));
    },
    push: async (state) => await opened().page.evaluate((next) => window.desk.push(next), state),
  };
}
