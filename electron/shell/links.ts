// Where `daypass://` addresses come in. They only show a screen; parse-link.ts decides which.
import { app } from 'electron';
import type { Log } from '../agent/ports.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import { LINK_SCHEME } from './link-scheme.ts';

/** Asks the system for our addresses. In development it would register bare Electron. */
export function claimLinks(): void {
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);
}

/** Shows what an address leads to. One that is not ours is dropped: the log says so without its words. */
export function followLink(address: string, show: (route: Route) => void, log: Log): void {
  follow(address, show, log).catch((error: unknown) => log.trouble('link.failed', error));
}

async function follow(address: string, show: (route: Route) => void, log: Log): Promise<void> {
  // Most starts have no address, and the contracts that one is checked against take their time to load.
  const { parseLink } = await import('./parse-link.ts');
  const route = parseLink(address);
  if (route.ok) show(route.value);
  else log.info('link.refused');
}
