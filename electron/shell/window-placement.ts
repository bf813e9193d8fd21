// Where the window goes: where the person left it if that is still on a screen, else by the tray. Pure.

export type Rectangle = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
export type Size = { readonly width: number; readonly height: number };
type Point = { readonly x: number; readonly y: number };

export const WINDOW_SIZE: Size = { width: 400, height: 640 };
export const SMALLEST_SIZE: Size = { width: 340, height: 460 };
const GAP = 8;
// Some window managers draw the title bar above the bounds that they were given.
const TITLE_BAR = 36;
// So much of a remembered window must be on a screen that a person can take hold of it.
const VISIBLE = 80;

type Screens = {
  /** Work areas of all screens. */
  readonly areas: readonly Rectangle[];
  /** The area where the pointer is. */
  readonly current: Rectangle;
  readonly cursor: Point;
  /** Null where the system does not tell (Linux). */
  readonly tray: Rectangle | null;
};

/** Gives whole bounds for the window, wholly within one work area unless the person left it partly outside. */
export function placeWindow(remembered: Rectangle | null, screens: Screens): Rectangle {
  if (remembered !== null && screens.areas.some((area) => reachable(remembered, area))) return remembered;
  const area = screens.current;
  const size = within(remembered ?? WINDOW_SIZE, area);
  const anchor = screens.tray ?? { ...screens.cursor, width: 0, height: 0 };
  const center = { x: anchor.x + anchor.width / 2, y: anchor.y + anchor.height / 2 };
  // Above a panel at the bottom, below one at the top: the nearer edge of the work area.
  const atTop = center.y - area.y < area.y + area.height - center.y;
  const lowest = area.y + area.height - size.height - GAP;
  const highest = Math.min(area.y + (screens.tray === null ? TITLE_BAR : GAP), lowest);
  return {
    x: Math.round(clamp(center.x - size.width / 2, area.x + GAP, area.x + area.width - size.width - GAP)),
    y: Math.round(atTop ? highest : lowest),
    ...size,
  };
}

function reachable(window: Rectangle, area: Rectangle): boolean {
  const width = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  // The title bar is what a person drags.
  return width >= VISIBLE && window.y >= area.y && window.y <= area.y + area.height - VISIBLE;
}

function within(size: Size, area: Rectangle): Size {
  return { width: Math.min(size.width, area.width - 2 * GAP), height: Math.min(size.height, area.height - 2 * GAP) };
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}
