// All the ways to be asked for while running: a second start, a click in the dock, a `daypass://` address.
// Each of them shows the window and does nothing else.
import { app } from 'electron';
import type { Log } from '../agent/ports.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import { followLink } from './links.ts';
import { onSecondStart } from './single-instance.ts';

type Options = { readonly show: (route?: Route) => void; readonly log: Log };

/** Before the app is ready: macOS may tell the address that started it at once. */
export function listenForStarts({ show, log }: Options): void {
  app.on('open-url', (event, address) => {
    event.preventDefault();
    followLink(address, show, log);
  });
  app.on('activate', () => show());
  onSecondStart(({ link, hidden }) => {
    if (link !== null) followLink(link, show, log);
    else if (!hidden) show();
  });
}
