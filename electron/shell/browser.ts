// The system's own browser, for signing in. It opens addresses of the web and nothing else: what a file or another scheme
// would start is nobody's business here.
import { shell } from 'electron';
import { isSafeAddress } from '../agent/connection/broker-address.ts';
import type { BrowserPort } from '../agent/ports.ts';

export const systemBrowser: BrowserPort = {
  open: async (url) => {
    if (!isSafeAddress(url)) throw new Error('not an address for a browser');
    // As the parser writes it: no quotes or spaces are left that a command line could read otherwise.
    await shell.openExternal(new URL(url).href);
  },
};
