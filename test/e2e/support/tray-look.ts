// Which of the app's icons the tray shows, by its pixels.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Desk } from '#test/desktop/open-desktop.ts';
import { readPng } from '#test/desktop/standin/png.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../../electron/assets/tray');
const LOOKS = ['idle', 'active', 'ending', 'waiting', 'offline', 'trouble'] as const;

/** `active on light`, or `another icon`. */
export async function trayLookOf(desk: Desk): Promise<string> {
  const shown = (await desk.tray.icon())?.hash;
  for (const panel of ['light', 'dark']) {
    const look = LOOKS.find((each) => hashOf(`${each}-${panel}.png`) === shown);
    if (look !== undefined) return `${look} on ${panel}`;
  }
  return 'another icon';
}

/** Of the pixels as the tray's protocol has them: alpha first. */
function hashOf(file: string): string {
  const { rgba } = readPng(readFileSync(path.join(FOLDER, file)));
  const argb = Buffer.alloc(rgba.length);
  for (let at = 0; at < rgba.length; at += 4) {
    argb[at] = rgba[at + 3] ?? 0;
    rgba.copy(argb, at + 1, at, at + 3);
  }
  return createHash('sha256').update(argb).digest('hex');
}
