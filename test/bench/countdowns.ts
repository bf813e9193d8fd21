// What a window full of counting grants costs: the share of one core that all of Chromium's processes take while nobody
// touches anything, over the same window with no grant; and what runs in the page once it is told that it is hidden.
// The real window on a fake bridge, drawn in software: a graphics card would take a part of this away. Linux only.
import type { Page } from 'playwright-core';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { grant, id, NOW_MS } from '#test/renderer/fixtures/cards.ts';
import { STATES } from '#test/renderer/fixtures/states.ts';
import { startWindowHost } from '#test/renderer/window-page.ts';
import { chromiumCpu } from '#test/support/chromium-cpu.ts';
import { type Bench, goal, rounded } from './measure.ts';

export const run: Bench = async ({ count = '1000', seconds = '10' }) => {
  const host = await startWindowHost();
  try {
    const forMs = Number(seconds) * SECOND_MS;
    const { page } = await host.open(STATES.empty);
    const empty = await sharesOver(forMs);
    await page.evaluate((state) => window.desk.push(state), withGrants(Number(count)));
    await page
      .getByRole('timer')
      .nth(Number(count) - 1)
      .waitFor();
    const counting = await sharesOver(forMs);
    const moved = await countdownsThatMove(page);
    const callbacks = await callbacksOver(page, forMs);
    await hide(page);
    const hidden = await sharesOver(forMs);
    const hiddenCallbacks = await callbacksOver(page, forMs);
    const figures = rounded({
      coreShare: counting.all,
      pageShare: counting.page,
      countdownsThatMoved: moved,
      callbacks,
      hiddenCoreShare: hidden.all,
      hiddenCallbacks,
    });
    return {
      name: 'countdowns',
      figures,
      floor: rounded({ emptyCoreShare: empty.all, emptyPageShare: empty.page }),
      goals: [
        goal(figures, 'coreShare', { atMost: 0.03 }),
        goal(figures, 'countdownsThatMoved', { atLeast: Number(count) }),
        goal(figures, 'hiddenCallbacks', { atMost: 0 }),
      ],
    };
  } finally {
    await host.close();
  }
};

/** Grants that all show seconds, and show them differently. */
function withGrants(count: number): DesktopState {
  const grants = Array.from({ length: count }, (_, index) =>
    grant('dataset:clickstream-eu', {
      grantId: id('grt', `n${index}`),
      requestId: id('req', `n${index}`),
      endsAtMs: NOW_MS + 20 * MINUTE_MS + index * SECOND_MS,
      warnAtMs: [],
    }),
  );
  return { ...STATES.empty, grants };
}

/** What drawing the change cost is over before it is measured what stays. */
const CALM_MS = 3000;

/** Shares of one core, 0 to 1 and more. */
async function sharesOver(forMs: number): Promise<{ readonly all: number; readonly page: number }> {
  await sleep(CALM_MS);
  const startedMs = performance.now();
  const before = await chromiumCpu();
  await sleep(forMs);
  const after = await chromiumCpu();
  const tookMs = performance.now() - startedMs;
  return { all: (after.allMs - before.allMs) / tookMs, page: (after.pageMs - before.pageMs) / tookMs };
}

/** How many countdowns show something else after a good second. */
async function countdownsThatMove(page: Page): Promise<number> {
  const shown = async (): Promise<string[]> => await page.getByRole('timer').allTextContents();
  const before = await shown();
  await sleep(1.5 * SECOND_MS);
  const after = await shown();
  return after.filter((text, index) => text !== before[index]).length;
}

const CALLBACKS: ReadonlySet<string> = new Set(['TimerFire', 'FireAnimationFrame', 'FireIdleCallback']);

/** Timers, animation frames and idle callbacks that ran in pages, as Chromium's own trace has them. */
async function callbacksOver(page: Page, forMs: number): Promise<number> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('a page without a browser');
  await browser.startTracing(page, { categories: ['devtools.timeline'] });
  await sleep(forMs);
  const trace: { readonly traceEvents: readonly { readonly name: string }[] } = JSON.parse(
    (await browser.stopTracing()).toString(),
  );
  if (trace.traceEvents.length === 0) throw new Error('the trace is empty');
  return trace.traceEvents.filter(({ name }) => CALLBACKS.has(name)).length;
}

/** Headless pages are always visible: the page is told otherwise, which is all that the window's own code goes by. */
async function hide(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
}
