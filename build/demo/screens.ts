// Keeps pictures of what the window showed, each in light and dark.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';

/** Takes the picture under this name; does nothing when nobody keeps pictures. */
export type TakePicture = (name: string) => Promise<void>;

export async function keepScreens(page: Page, folder: string | null): Promise<TakePicture> {
  if (folder === null) return async () => undefined;
  await mkdir(folder, { recursive: true });
  return async (name) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: path.join(folder, `${name}-${colorScheme}.png`), animations: 'disabled' });
    }
    await page.emulateMedia({ colorScheme: null });
  };
}
