// Paints an SVG at an exact number of pixels in a browser page. The page loads nothing but the drawing itself.
import type { Page } from 'playwright-core';

/** Takes an SVG, a size in pixels, and how many of them the drawing fills in the middle. Gives a PNG with alpha. */
export type Paint = (svg: string, px: number, fillPx?: number) => Promise<Buffer>;

export function createPaint(page: Page): Paint {
  return async (svg, px, fillPx = px) => {
    await page.setViewportSize({ width: Math.max(px, 100), height: Math.max(px, 100) });
    const sized = svg.replace('<svg ', `<svg width="${fillPx}" height="${fillPx}" style="display:block" `);
    await page.setContent(`<body style="margin:0"><div style="padding:${(px - fillPx) / 2}px">${sized}</div></body>`);
    return page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: px, height: px } });
  };
}
