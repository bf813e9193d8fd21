// The committed icons: every file that the app and the packager ask for is there, and states differ by shape alone.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as set from '../../build/icons/icon-set.ts';
import { ICNS_PX } from '../../build/icons/icns.ts';
import { packIco } from '../../build/icons/ico.ts';
import { readPng } from '../../build/icons/png.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const TRAY = path.join(ROOT, 'electron', 'assets', 'tray');
const APP = path.join(ROOT, 'build', 'icons', 'app');

const png = (...name: string[]) => readPng(readFileSync(path.join(...name)));

function icoSizes(file: string): number[] {
  const bytes = readFileSync(file);
  const count = bytes.readUInt16LE(4);
  return Array.from({ length: count }, (_, index) => bytes.readUInt8(6 + 16 * index) || 256);
}

/** The picture of so many pixels in the .icns, read by its structure: name, length, entries of name, length, PNG. */
function macPicture(px: number) {
  const icns = readFileSync(path.join(APP, 'mac.icns'));
  expect([icns.toString('latin1', 0, 4), icns.readUInt32BE(4)]).toEqual(['icns', icns.length]);
  for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) {
    const picture = readPng(icns.subarray(at + 8, at + icns.readUInt32BE(at + 4)));
    if (picture.width === px) return picture;
  }
  throw new Error(`no picture of ${px} pixels`);
}

/** Which pixels are rather there than not: what is left of an icon for an eye that sees no colour. */
function silhouette(file: string): boolean[] {
  const { width, height, rgba } = png(file);
  return Array.from({ length: width * height }, (_, index) => (rgba[index * 4 + 3] ?? 0) >= 128);
}

describe('the tray icons', () => {
  it('are drawn for every state, panel and platform, at the sizes that each asks for', () => {
    for (const state of set.TRAY_STATES) {
      expect(png(TRAY, `${state}Template.png`)).toMatchObject({ width: 16, height: 16 });
      expect(png(TRAY, `${state}Template@2x.png`)).toMatchObject({ width: 32, height: 32 });
      for (const panel of set.PANELS) {
        expect(png(TRAY, `${state}-${panel}.png`)).toMatchObject({ width: 22, height: 22 });
        expect(png(TRAY, `${state}-${panel}@2x.png`)).toMatchObject({ width: 44, height: 44 });
        expect(icoSizes(path.join(TRAY, `${state}-${panel}.ico`))).toEqual([...set.WINDOWS_TRAY_PX]);
      }
    }
    // Six states: a template pair, and for two panels a pair and an .ico. Nothing left over from an icon that is gone.
    expect(readdirSync(TRAY)).toHaveLength(set.TRAY_STATES.length * 8);
  });

  it.each([
    ['16 pixels', (state: string) => `${state}Template.png`],
    ['22 pixels on a light panel', (state: string) => `${state}-light.png`],
    ['22 pixels on a dark panel', (state: string) => `${state}-dark.png`],
  ])('differ by shape at %s: at least one pixel in sixteen, whichever two are compared', (_, nameOf) => {
    const shapes = set.TRAY_STATES.map((state) => ({ state, shape: silhouette(path.join(TRAY, nameOf(state))) }));
    for (const one of shapes) {
      for (const other of shapes.filter(({ state }) => state !== one.state)) {
        const different = one.shape.filter((there, index) => there !== other.shape[index]).length;
        expect(different, `${one.state} and ${other.state}`).toBeGreaterThanOrEqual(one.shape.length / 16);
      }
    }
  });

  it('say everything by alpha in the template images, which macOS colours itself', () => {
    for (const state of set.TRAY_STATES) {
      const { rgba } = png(TRAY, `${state}Template@2x.png`);
      expect(rgba.every((value, index) => index % 4 === 3 || value === 0)).toBe(true);
      expect(rgba.some((value, index) => index % 4 === 3 && value === 255)).toBe(true);
    }
  });
});

describe('the app icon', () => {
  it('comes in every size that Linux, macOS and Windows ask for', () => {
    for (const px of set.LINUX_APP_PX) {
      expect(png(APP, 'linux', `${px}x${px}.png`)).toMatchObject({ width: px, height: px });
    }
    for (const px of ICNS_PX) expect(macPicture(px)).toMatchObject({ width: px, height: px });
    expect(icoSizes(path.join(APP, 'win.ico'))).toEqual([...set.WINDOWS_APP_PX]);
    expect(png(ROOT, 'electron', 'assets', 'app.png')).toMatchObject({ width: 256, height: 256 });
  });

  it('leaves the margin of Apple’s grid free on macOS', () => {
    const { width, rgba } = macPicture(1024);
    const alphaAt = (x: number): number => rgba[(512 * width + x) * 4 + 3] ?? -1;
    expect([alphaAt(99), alphaAt(101), alphaAt(922), alphaAt(924)]).toEqual([0, 255, 255, 0]);
  });
});

describe('a packed .ico', () => {
  it('holds the pixels bottom row first, as blue, green, red, alpha, and masks what is transparent', () => {
    const rgba = new Uint8Array([1, 2, 3, 255, 0, 0, 0, 0, 4, 5, 6, 255, 7, 8, 9, 128]);
    const ico = packIco([{ size: 2, rgba }]);
    const pixels = ico.subarray(6 + 16 + 40);
    expect([...pixels.subarray(0, 16)]).toEqual([6, 5, 4, 255, 9, 8, 7, 128, 3, 2, 1, 255, 0, 0, 0, 0]);
    expect([...pixels.subarray(16)]).toEqual([0, 0, 0, 0, 0b0100_0000, 0, 0, 0]);
    expect(() => packIco([{ size: 3, rgba }])).toThrow(/3 pixels/);
  });
});
