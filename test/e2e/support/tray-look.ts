// Which of the app's icons the tray shows, by its pixels.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Desk } from '#test/desktop/open-desktop.ts';
import { readPng, toArgb } from '#test/desktop/standin/png.ts';

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

function hashOf(file: string): string {
  return createHash('sha256')
    .update(toArgb(readPng(readFileSync(path.join(FOLDER, file)))))
    .digest('hex');
}
