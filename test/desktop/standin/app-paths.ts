// Where the app keeps what, by Electron's names on Linux.
import os from 'node:os';
import path from 'node:path';
import { NotInStandIn } from './missing.ts';

const set = new Map<string, string>();
let appName = 'Electron';

const home = (): string => os.homedir();
const config = (): string => process.env['XDG_CONFIG_HOME'] ?? path.join(home(), '.config');

function defaultOf(name: string): string {
  switch (name) {
    case 'home':
      return home();
    case 'appData':
      return config();
    case 'userData':
    case 'sessionData':
      return path.join(config(), appName);
    case 'temp':
      return os.tmpdir();
    case 'logs':
      return path.join(appPaths.get('userData'), 'logs');
    case 'crashDumps':
      return path.join(appPaths.get('userData'), 'Crashpad');
    case 'exe':
      return process.execPath;
    case 'downloads':
      return path.join(home(), 'Downloads');
    case 'documents':
      return path.join(home(), 'Documents');
    default:
      throw new NotInStandIn(`app.getPath('${name}')`);
  }
}

export const appPaths = {
  get: (name: string): string => set.get(name) ?? defaultOf(name),
  set: (name: string, value: string): void => {
    if (!path.isAbsolute(value)) throw new Error('Path must be absolute');
    defaultOf(name);
    set.set(name, value);
  },
  name: (): string => appName,
  rename: (name: string): void => void (appName = name),
};
