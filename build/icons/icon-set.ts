// Which icons there are: states, sizes, colours and file names. Data only; the render script and the tests read it.

/** What the tray icon can say; one SVG in build/icons/tray for each. */
export const TRAY_STATES = ['idle', 'active', 'ending', 'waiting', 'offline', 'trouble'] as const;
export type TrayState = (typeof TRAY_STATES)[number];

/** Named for the panel that the icon is seen on, so `dark` is the one with light lines. */
export const PANELS = ['light', 'dark'] as const;
type Panel = (typeof PANELS)[number];

/** Linux panels show 22 pixels, macOS 16 points; the second is read from `@2x` on dense screens. */
export const LINUX_TRAY_PX = 22;
export const MACOS_TRAY_PX = 16;
/** The small-icon sizes at 100, 125, 150 and 200 % that Electron's nativeImage page names, and two above them. */
export const WINDOWS_TRAY_PX = [16, 20, 24, 32, 40, 48] as const;

export const LINUX_APP_PX = [16, 24, 32, 48, 64, 96, 128, 256, 512, 1024] as const;
export const WINDOWS_APP_PX = [16, 20, 24, 32, 40, 48, 64, 128, 256] as const;
/** Apple's grid: how much of its picture the square fills. */
export const MACOS_SQUARE_SHARE = 824 / 1024;
/** Below this the bolder drawing is used. */
export const SMALL_BELOW_PX = 48;
/** For windows and notifications that ask for a picture. */
export const WINDOW_ICON_PX = 256;

export type Colours = { readonly ink: string; readonly mark: string };

const INK: Record<Panel, string> = { light: '#1c1d1f', dark: '#f2f2f4' };
const MARK: Record<TrayState, Record<Panel, string>> = {
  idle: INK,
  active: { light: '#147a4d', dark: '#5fd19a' },
  ending: { light: '#b05f00', dark: '#f2b24c' },
  waiting: { light: '#3d5afe', dark: '#9dacff' },
  offline: INK,
  trouble: { light: '#c5362c', dark: '#ff8a80' },
};

/** Gives the colours of a state on a panel. Colour only helps: the shapes differ by themselves. */
export function trayColours(state: TrayState, panel: Panel): Colours {
  return { ink: INK[panel], mark: MARK[state][panel] };
}

/** macOS colours template images itself and looks at the alpha only. */
export const TEMPLATE_COLOURS: Colours = { ink: '#000', mark: '#000' };
