// A picture of all tray and app icons on light and dark panels, as they are and four times as large: to be looked at.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { LINUX_APP_PX, LINUX_TRAY_PX, MACOS_TRAY_PX, PANELS, TRAY_STATES } from './icon-set.ts';

const GROUNDS = { light: ['#ffffff', '#dfe1e5'], dark: ['#2b2d31', '#101114'] };

/** Takes a page, the folders of the rendered icons, and the file for the picture. */
export async function contactSheet(page: Page, assets: string, app: string, file: string): Promise<void> {
  await page.setContent(`<body style="margin:16px;background:#9aa3af;font:12px sans-serif;width:1160px">
    ${PANELS.flatMap((panel) => GROUNDS[panel].map((ground) => trayPanel(assets, panel, ground))).join('')}
    <div style="background:#f7f7f5;padding:12px">${appRow(app)}</div></body>`);
  await page.screenshot({ path: file, fullPage: true });
}

function trayPanel(assets: string, panel: 'light' | 'dark', ground: string): string {
  const row = (name: (state: string) => string, px: number, filter: string): string =>
    [1, 4]
      .flatMap((scale) => TRAY_STATES.map((state) => img(path.join(assets, 'tray', name(state)), px * scale, filter)))
      .join('');
  const invert = panel === 'dark' ? 'invert(1)' : 'none';
  return `<div style="background:${ground};padding:8px 12px">
    <div>${row((state) => `${state}-${panel}.png`, LINUX_TRAY_PX, 'none')}</div>
    <div>${row((state) => `${state}Template.png`, MACOS_TRAY_PX, invert)}</div></div>`;
}

function appRow(app: string): string {
  const icons = LINUX_APP_PX.filter((px) => px <= 256).map((px) => img(path.join(app, 'linux', `${px}x${px}.png`), px));
  return icons.join('');
}

function img(file: string, px: number, filter = 'none'): string {
  const data = readFileSync(file).toString('base64');
  return `<img src="data:image/png;base64,${data}" width="${px}" height="${px}"
    style="margin:4px 8px;vertical-align:middle;image-rendering:pixelated;filter:${filter}">`;
}
