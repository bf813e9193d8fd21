// What a window hears of its desktop: whether it has the focus, and whether the theme is dark.
import type * as Electron from 'electron';
import { onCommand } from './control.ts';
import { emitterOf, eventOf } from './missing.ts';
import { type WebContents, allWebContents } from './web-contents.ts';
import type { XDisplay } from './x-display.ts';

let systemDark = process.env['DAYPASS_DESK_DARK'] === '1';

class NativeTheme
  extends emitterOf('nativeTheme', ['updated'])
  implements Pick<Electron.NativeTheme, 'themeSource' | 'shouldUseDarkColors' | 'shouldUseHighContrastColors'>
{
  #source: Electron.NativeTheme['themeSource'] = 'system';
  readonly shouldUseHighContrastColors = false;
  get shouldUseDarkColors(): boolean {
    return this.#source === 'system' ? systemDark : this.#source === 'dark';
  }
  get themeSource(): Electron.NativeTheme['themeSource'] {
    return this.#source;
  }
  set themeSource(source: Electron.NativeTheme['themeSource']) {
    if (!['system', 'light', 'dark'].includes(source)) throw new TypeError(`Unknown themeSource '${source}'`);
    this.#change(() => (this.#source = source));
  }
  setSystemDark(dark: boolean): void {
    this.#change(() => (systemDark = dark));
  }
  #change(change: () => void): void {
    const before = this.shouldUseDarkColors;
    change();
    if (before === this.shouldUseDarkColors) return;
    for (const contents of allWebContents()) void followTheme(contents);
    this.emit('updated', eventOf({}));
  }
}

export const nativeTheme = new NativeTheme();
onCommand('system-dark', (dark) => nativeTheme.setSystemDark(dark === true));

/** Gives the page the colours that the app and the desktop want. */
export async function followTheme(contents: WebContents): Promise<void> {
  const value = nativeTheme.shouldUseDarkColors ? 'dark' : 'light';
  const features = [{ name: 'prefers-color-scheme', value }];
  await contents.cdp('Emulation.setEmulatedMedia', { features }).catch(() => {});
}

/** Says each time when the window gets or loses the focus, until it is gone. */
export function followFocus(
  x: XDisplay,
  window: number,
  changed: (focused: boolean) => void,
  isGone: () => boolean,
): void {
  const look = async (): Promise<void> => changed((await x.activeWindow()) === window);
  void x.atom('_NET_ACTIVE_WINDOW').then((active) => {
    const stop = x.onEvent((event) => {
      if (isGone()) stop();
      else if (event.name === 'PropertyNotify' && event.atom === active) void look().catch(() => {});
    });
    return look();
  });
}
