// The notification daemon's pop-ups on the screen: where each one is, where its buttons are, and the mouse on them.
import { type PrivateDesktop, runOnDesk } from '../private-desktop/start.ts';
import { until } from './until.ts';

// Of the daemon's theme: how far above a pop-up's lower edge a line runs through its buttons, below their labels.
const BUTTON_LINE_PX = 20;
const GAP_PX = 3;
// Colours that differ less, all channels together, are a button's shadow.
const SHADOW = 30;

type Popup = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
export type PopupTarget = {
  /** Which of the open pop-ups, from the oldest. */
  readonly index: number;
  readonly target: { readonly button: number; readonly of: number } | 'text' | 'away';
};

/** Waits until the pop-up is drawn, and clicks it. */
export async function clickPopup(desktop: PrivateDesktop, { index, target }: PopupTarget): Promise<void> {
  const at = await until('the pop-up of the notification to be drawn', async () => {
    const popup = (await popups(desktop))[index];
    if (popup === undefined) return undefined;
    if (typeof target !== 'object') return { x: popup.x + 20, y: popup.y + 20 };
    const columns = await buttonColumns(desktop, popup);
    const x = columns.length === target.of ? columns[target.button] : undefined;
    return x === undefined ? undefined : { x, y: popup.y + popup.height - BUTTON_LINE_PX };
  });
  await click(desktop, at.x, at.y, target === 'away' ? 3 : 1);
}

async function click(desktop: PrivateDesktop, x: number, y: number, button: number): Promise<void> {
  await runOnDesk(desktop.env, ['xdotool', 'mousemove', String(x), String(y), 'click', String(button)]);
}

/** The open pop-ups, from the oldest: the server counts windows up. */
async function popups(desktop: PrivateDesktop): Promise<readonly Popup[]> {
  const found = await runOnDesk(desktop.env, ['xdotool', 'search', '--onlyvisible', '--class', 'xfce4-notifyd']).catch(
    () => '',
  );
  const ids = found
    .trim()
    .split('\n')
    .filter((id) => id !== '')
    .map(Number)
    .sort((a, b) => a - b);
  return Promise.all(
    ids.map(async (id) => {
      const text = await runOnDesk(desktop.env, ['xdotool', 'getwindowgeometry', '--shell', String(id)]);
      const value = (name: string): number => Number(new RegExp(`^${name}=(-?\\d+)$`, 'm').exec(text)?.[1]);
      return { x: value('X'), y: value('Y'), width: value('WIDTH'), height: value('HEIGHT') };
    }),
  );
}

/** The middles of what is not background on the line through the buttons, on the screen. */
async function buttonColumns(desktop: PrivateDesktop, { x, y, width, height }: Popup): Promise<readonly number[]> {
  const area = `${width - 4}x1+${x + 2}+${y + height - BUTTON_LINE_PX}`;
  const text = await runOnDesk(desktop.env, [
    'import',
    '-window',
    'root',
    '-crop',
    area,
    '+repage',
    '-depth',
    '8',
    'txt:-',
  ]);
  const colours = [...text.matchAll(/^\d+,0: .*?#([0-9A-F]{2})([0-9A-F]{2})([0-9A-F]{2})/gm)].map(([, ...parts]) =>
    parts.map((part) => parseInt(part, 16)),
  );
  const background = colours[0] ?? [];
  const differs = (colour: readonly number[]): boolean =>
    colour.reduce((sum, part, at) => sum + Math.abs(part - (background[at] ?? 0)), 0) > SHADOW;
  const columns = colours.flatMap((colour, column) => (differs(colour) ? [column] : []));
  const runs: { from: number; to: number }[] = [];
  for (const column of columns) {
    const last = runs.at(-1);
    if (last !== undefined && column - last.to <= GAP_PX) last.to = column;
    else runs.push({ from: column, to: column });
  }
  return runs.map(({ from, to }) => x + 2 + Math.round((from + to) / 2));
}
