// The Chromium that specs drive without a desktop, and how it starts: with nothing beside the page that it is for.
import { existsSync } from 'node:fs';

/** The wrapper script of Debian measures the machine at each start; the program itself does without. */
export const CHROMIUM =
  ['/usr/lib/chromium/chromium', '/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file)) ??
  'chromium';

// Each window of a headless Chromium loads two pages of its own for the address bar that nobody sees: more work than
// the window of Daypass is.
const UNSEEN = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'];
// What Playwright turns off. Chromium hears only the last list, so ours has to say these too.
const OFF_FOR_PLAYWRIGHT = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
];

/** For Playwright's `args`. */
export const HEADLESS_FLAGS: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--password-store=basic',
  `--disable-features=${[...OFF_FOR_PLAYWRIGHT, ...UNSEEN].join(',')}`,
];
