// What the agent needs of the world around it. The shell gives the real things, tests give real small ones.
import type { Settings, SettingsState } from '#shared/contracts/desktop/settings.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';
import type { Result } from '#shared/domain/result.ts';

/** The two clocks of a machine. Neither is trusted alone. */
export type TimeSource = {
  /** The wall clock: anybody may set it. */
  readonly wallMs: () => EpochMs;
  /** Milliseconds since boot, time asleep included where the platform counts it. Never goes back within one boot. */
  readonly bootMs: () => DurationMs;
  /** Differs after each boot of the machine. */
  readonly bootId: string;
};

export type Timers = {
  /** Fires once after `delayMs` at the earliest. Gives the way to cancel. Delays are capped by the caller. */
  readonly after: (delayMs: DurationMs, run: () => void) => () => void;
};

/** The system's clipboard. Only main touches it; the token goes through no other hands. */
export type ClipboardPort = {
  /** One atomic write of the text in all its formats; `concealed` marks it so that histories and clouds leave it out. */
  readonly write: (text: string, options: { readonly concealed: boolean }) => Promise<void>;
  /** The text on it now, null when it holds something else. */
  readonly read: () => Promise<string | null>;
  readonly clear: () => Promise<void>;
};

/** The system's own browser, which knows the organisation's page and keeps its cookies to itself. */
export type BrowserPort = {
  /** Takes https, or http on this machine; rejects everything else, and when no browser can be opened. */
  readonly open: (url: string) => Promise<void>;
};

/** Whether somebody is there. */
export type PresencePort = {
  readonly locked: () => boolean;
  /** Since the last key or pointer move. */
  readonly idleMs: () => DurationMs;
};

export type SettingsPort = {
  readonly state: () => SettingsState;
  /** Refuses a managed setting (`managed`) and one that cannot be kept (`not_saved`). */
  readonly change: (change: Partial<Settings>) => Promise<Result<null, 'managed' | 'not_saved'>>;
  readonly subscribe: (listener: () => void) => () => void;
};

/** Something to tell the person outside the window. `tag` replaces an earlier one with the same tag. */
export type Notice = {
  readonly tag: string;
  readonly title: string;
  /** Words of other people are cleaned, cut and placed last. */
  readonly body: string;
  readonly urgency: 'low' | 'normal' | 'critical';
  /** Where a click leads. */
  readonly route: Route;
  /** Buttons, in order: each runs a command-like action of the agent. */
  readonly actions: readonly NoticeAction[];
};

export type NoticeAction =
  | {
      readonly kind: 'approve' | 'reject';
      readonly label: string;
      readonly requestId: string;
      readonly scopeHash: string;
    }
  | { readonly kind: 'start'; readonly label: string; readonly requestId: string }
  /** `attempt`: one for each notice, so that the same button pressed twice is one request. */
  | { readonly kind: 'extend'; readonly label: string; readonly grantId: string; readonly attempt: string }
  | { readonly kind: 'done'; readonly label: string; readonly grantId: string };

export type NoticePort = {
  readonly show: (notice: Notice) => void;
  readonly withdraw: (tag: string) => void;
};

/** Where trouble goes that nobody asked about. Never a secret, never words of people. */
export type Log = {
  readonly info: (event: string, facts?: Readonly<Record<string, string | number | boolean | null>>) => void;
  readonly trouble: (
    event: string,
    error: unknown,
    facts?: Readonly<Record<string, string | number | boolean | null>>,
  ) => void;
};
