// One Daypass for all tests of a file: opened before them, gone after them. When a test fails it says what the window
// and the log showed.
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import { openDaypass, type Daypass, type DaypassOptions } from './open-daypass.ts';
import { passWelcome } from './window.ts';

export type UseOptions = DaypassOptions & {
  /** Stays on the first start's screen. */
  readonly welcome?: boolean;
};

/** What the tests of a file work on; to be read inside of tests only. */
export type Used = {
  readonly day: Daypass;
  readonly desk: Daypass['desk'];
  readonly page: Page;
  /** The window of the present run, after the app was started again. */
  readonly reopened: () => Promise<Page>;
};

/** The limits fit a busy machine; a quiet one needs a tenth. */
const SLOW_MS = 120_000;

export function useDaypass({ welcome = false, ...options }: UseOptions = {}): Used {
  vi.setConfig({ testTimeout: SLOW_MS, hookTimeout: SLOW_MS });
  let day: Daypass | undefined;
  let page: Page | undefined;
  const reopened = async (): Promise<Page> => {
    page = await opened(day).desk.window();
    page.setDefaultTimeout(60_000);
    return page;
  };

  beforeAll(async () => {
    day = await openDaypass(options);
    await reopened();
    if (!welcome) await passWelcome(opened(page));
  });
  afterAll(async () => await day?.[Symbol.asyncDispose]());
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail' || day === undefined) return;
    const shown = await page?.locator('body').ariaSnapshot({ timeout: 5000 }).catch(String);
    console.error(`The window at the end of '${task.name}':\n${shown ?? 'none'}\nThe log:\n${day.desk.app.log()}`);
  });
  return {
    get day() {
      return opened(day);
    },
    get desk() {
      return opened(day).desk;
    },
    get page() {
      return opened(page);
    },
    reopened,
  };
}

function opened<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error('Daypass is not open: use it inside of a test');
  return thing;
}
