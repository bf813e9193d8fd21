// `node build/icons/render.ts [--sheet FILE]`: draws every icon from the SVG sources beside it. Run it after a change of
// a source and commit the results; no build step needs a browser. CHROMIUM names the browser, else /usr/bin/chromium.
//
// build/icons/app/           what electron-builder takes: linux/NxN.png, mac.icns, win.ico
// electron/assets/app.png    for windows and notifications
// electron/assets/tray/      Linux  STATE-light.png, STATE-dark.png, each with @2x   (-light: for a light panel)
//                            macOS  STATETemplate.png, with @2x
//                            Windows STATE-light.ico, STATE-dark.ico
// The build copies electron/assets to out/main/assets, beside main.js, which finds it by `import.meta.dirname`.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { contactSheet } from './contact-sheet.ts';
import { ICNS_PX, packIcns } from './icns.ts';
import { packIco } from './ico.ts';
import * as set from './icon-set.ts';
import { createPaint, type Paint } from './paint.ts';
import { readPng } from './png.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const SOURCES = import.meta.dirname;
const APP = path.join(SOURCES, 'app');
const ASSETS = path.join(ROOT, 'electron', 'assets');

const source = (...name: string[]): string => readFileSync(path.join(SOURCES, ...name), 'utf8');

function write(file: string, bytes: Uint8Array): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

async function ico(paint: Paint, svgFor: (px: number) => string, sizes: readonly number[]): Promise<Buffer> {
  const images = [];
  for (const size of sizes) images.push({ size, rgba: readPng(await paint(svgFor(size), size)).rgba });
  return packIco(images);
}

async function renderApp(paint: Paint): Promise<void> {
  const large = source('app.svg');
  const small = source('app-small.svg');
  const svgFor = (px: number): string => (px < set.SMALL_BELOW_PX ? small : large);
  for (const px of set.LINUX_APP_PX) {
    write(path.join(APP, 'linux', `${px}x${px}.png`), await paint(svgFor(px), px));
  }
  const macPngs = new Map<number, Buffer>();
  for (const px of ICNS_PX) macPngs.set(px, await paint(svgFor(px), px, px * set.MACOS_SQUARE_SHARE));
  write(path.join(APP, 'mac.icns'), packIcns(macPngs));
  write(path.join(APP, 'win.ico'), await ico(paint, svgFor, set.WINDOWS_APP_PX));
  write(path.join(ASSETS, 'app.png'), await paint(large, set.WINDOW_ICON_PX));
}

async function renderTray(paint: Paint): Promise<void> {
  const tray = path.join(ASSETS, 'tray');
  const both = async (name: string, svg: string, px: number): Promise<void> => {
    write(path.join(tray, `${name}.png`), await paint(svg, px));
    write(path.join(tray, `${name}@2x.png`), await paint(svg, px * 2));
  };
  for (const state of set.TRAY_STATES) {
    const svg = source('tray', `${state}.svg`);
    await both(`${state}Template`, colour(svg, set.TEMPLATE_COLOURS), set.MACOS_TRAY_PX);
    for (const panel of set.PANELS) {
      const coloured = colour(svg, set.trayColours(state, panel));
      await both(`${state}-${panel}`, coloured, set.LINUX_TRAY_PX);
      write(path.join(tray, `${state}-${panel}.ico`), await ico(paint, () => coloured, set.WINDOWS_TRAY_PX));
    }
  }
}

function colour(svg: string, { ink, mark }: set.Colours): string {
  return svg.replaceAll('var(--ink)', ink).replaceAll('var(--mark)', mark);
}

const { values } = parseArgs({ options: { sheet: { type: 'string' } } });
const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium' });
try {
  const page = await browser.newPage();
  const paint = createPaint(page);
  // Nothing of an icon that is no more may stay behind.
  for (const folder of [APP, ASSETS]) rmSync(folder, { recursive: true, force: true });
  await renderApp(paint);
  await renderTray(paint);
  if (values.sheet !== undefined) await contactSheet(page, ASSETS, APP, values.sheet);
} finally {
  await browser.close();
}
