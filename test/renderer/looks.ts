// A scene to look at, and the ways that scenes share to get there.
import type { Page } from 'playwright-core';
import type { Route } from '#shared/contracts/desktop/route.ts';
import type { StateName } from './fixtures/states.ts';
import type { Look } from './window-page.ts';

export type Scene = {
  readonly name: string;
  readonly state: StateName;
  readonly look?: Look;
  /** What the person does before the picture is taken. */
  readonly act?: (page: Page) => Promise<void>;
};

export const access: Route = { screen: 'access', grantId: null };
export const approvals: Look = { route: { screen: 'approvals', requestId: null } };
export const history: Look = { route: { screen: 'history' } };
export const settings: Look = { route: { screen: 'settings' } };
export const form = (resource: string | null, fromLink = false): Route => ({
  screen: 'form',
  fromLink,
  prefill:
    resource === null
      ? null
      : {
          resource,
          actions: null,
          purpose: 'evaluation',
          durationMs: null,
          justification: 'Regression in the refund classifier since Tuesday; compare 200 labelled chats.',
        },
});
export const verdict = (preview: unknown, fromLink = false): Look => ({
  route: form('dataset:support-chats', fromLink),
  replies: { preview },
});
export const told = async (page: Page): Promise<void> => await page.locator('.verdict > .notice strong').waitFor();
