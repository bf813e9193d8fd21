// The notification daemon's pop-ups on the screen: where each one is, where its buttons are, and the mouse on them.
import { type PrivateDesktop, runOnDesk } from '../private-desktop/start.ts';
import { until } from '../until.ts';

// Of the daemon's theme: how far above a pop-up's lower edge a line runs through its buttons, below their labels.
const BUTTON_LINE_PX = 20;
const BUTTON_MIN_PX = 12;

type Popup = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
export type PopupTarget = {
  /** Which of the open pop-ups, from the oldest. */
  readonly index: number;
  readonly target: { readonly button: number; readonly of: number } | 'away';
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

/** The middles of the buttons on the line through them: longer runs of one colour that is not the background's. */
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
  const colours = [...text.matchAll(/^\d+,0: .*?(#[0-9A-F]{6})/gm)].map(([, colour]) => colour);
  const runs: { readonly colour: string | undefined; readonly from: number; length: number }[] = [];
  for (const [column, colour] of colours.entries()) {
    const last = runs.at(-1);
    if (last !== undefined && last.colour === colour) last.length += 1;
    else runs.push({ colour, from: column, length: 1 });
  }
  const buttons = runs.filter(({ colour, length }) => colour !== colours[0] && length >= BUTTON_MIN_PX);
  return buttons.map(({ from, length }) => x + 2 + from + Math.round(length / 2));
}
