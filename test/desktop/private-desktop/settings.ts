// The settings of the private desktop's panel, theme and notifications, in light or dark.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const SOURCE = path.join(import.meta.dirname, 'settings');

/** Writes them under `configHome`, as the desktop's programs read them at their start. */
export function writeSettings(configHome: string, dark: boolean): void {
  const channels = path.join(configHome, 'xfce4', 'xfconf', 'xfce-perchannel-xml');
  mkdirSync(channels, { recursive: true });
  cpSync(SOURCE, channels, { recursive: true });
  const panel = path.join(channels, 'xfce4-panel.xml');
  writeFileSync(panel, readFileSync(panel, 'utf8').replace('@DARK@', String(dark)));
  mkdirSync(path.join(configHome, 'gtk-3.0'), { recursive: true });
  writeFileSync(
    path.join(configHome, 'gtk-3.0', 'settings.ini'),
    `[Settings]\ngtk-icon-theme-name=Adwaita\ngtk-enable-animations=0\ngtk-application-prefer-dark-theme=${dark ? 1 : 0}\n`,
  );
}
