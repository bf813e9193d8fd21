// Carries the settings that are about the shell into the system, now and after each change.
import type { Log, SettingsPort } from '../agent/ports.ts';
import { setOpenAtLogin } from './autostart.ts';
import { createShortcut } from './shortcut.ts';
import type { MainWindow } from './window.ts';

type Options = {
  readonly settings: SettingsPort;
  readonly window: MainWindow;
  /** What a login starts on Linux. */
  readonly program: string;
  readonly log: Log;
};

/** Theme and zoom, shortcut, start at login. */
export function applySettings({ settings, window, program, log }: Options): void {
  const setShortcut = createShortcut(() => window.show(), log);
  let openAtLogin: boolean | null = null;
  const apply = (): void => {
    const { values } = settings.state();
    window.apply(values);
    setShortcut(values.shortcut);
    if (values.openAtLogin === openAtLogin) return;
    openAtLogin = values.openAtLogin;
    setOpenAtLogin(openAtLogin, program).catch((error: unknown) => log.trouble('autostart.failed', error));
  };
  apply();
  settings.subscribe(apply);
}
