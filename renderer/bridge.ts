// The way out of the window: the one object that the preload put there. Nothing else leaves the page.
import type { DaypassBridge } from '#shared/contracts/desktop/bridge.ts';

declare global {
  interface Window {
    readonly daypass: DaypassBridge;
  }
}

export function bridgeOfWindow(): DaypassBridge {
  return window.daypass;
}
