// Tokens as the person's tools have them: read from the keychain by another program, used at the gateway.
import type { Page } from 'playwright-core';
import { until } from '#test/desktop/until.ts';
import type { Desk } from '#test/desktop/open-desktop.ts';
import { copiesInKeychain } from './outside.ts';
import { openTab } from './window.ts';

const LIMIT_MS = 60_000;

/** The tokens that the keychain holds now. Rejects while it is locked or gone. */
export async function tokensIn(desk: Desk): Promise<readonly string[]> {
  return (await copiesInKeychain(desk)).map(({ token }) => token);
}

/** The one token that the keychain holds, as soon as it is there. */
export async function onlyToken(desk: Desk): Promise<string> {
  return await newToken(desk, []);
}

/** The one token that was not there before, as soon as it is there. */
export async function newToken(desk: Desk, before: readonly string[]): Promise<string> {
  return await until(
    'one new token in the keychain',
    async () => {
      const fresh = (await tokensIn(desk)).filter((token) => !before.includes(token));
      return fresh.length === 1 ? fresh[0] : undefined;
    },
    LIMIT_MS,
  );
}

/** Where the gateway listens, as Settings says it. Leaves the window on Access. */
export async function gatewayOf(page: Page): Promise<string> {
  await openTab(page, 'Settings');
  const said = page.locator('dl.about').getByText(/^http:\/\//);
  const url = await said.innerText();
  await openTab(page, 'Access');
  return url;
}

/** Calls a resource with a token, as a tool does. */
export async function callGateway(
  gateway: string,
  path: string,
  token: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(new URL(path, gateway), { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, text: await response.text() };
}

/** Only whether it is let in. */
export async function statusOf(gateway: string, path: string, token: string): Promise<number> {
  return (await callGateway(gateway, path, token)).status;
}

export const PENGUINS_FILE = '/gateway/dataset/penguins/penguins.csv';
export const CONGRESS_FILE = '/gateway/dataset/legislators/legislators.csv';
