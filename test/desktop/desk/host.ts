// What a spec needs from whatever runs the app: the stand-in, or Electron itself where its runtime is.
import type { Page } from 'playwright-core';
import type { AppStart, Exit } from './running-app.ts';

export type HostName = 'stand-in' | 'electron';

export type DialogAnswer =
  | { readonly messageBox: { readonly response: number; readonly checkboxChecked?: boolean } }
  /** The chosen path, or nothing when the person cancels. */
  | { readonly save: string | null }
  | { readonly open: readonly string[] | null };
export type Happening = { readonly event: string; readonly [detail: string]: unknown };
export type WindowState = {
  readonly id: number;
  readonly url: string;
  readonly visible: boolean;
  readonly focused: boolean;
  readonly bounds: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
};

/** One run of the app. */
export type HostedApp = {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly exited: Promise<Exit>;
  readonly log: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** As from its own menu: the app may refuse. */
  readonly quit: () => Promise<void>;
  /** The pages of its windows that have loaded something. */
  readonly pages: () => Promise<readonly Page[]>;
  readonly windows: () => Promise<readonly WindowState[]>;
  /** What the cross in the window's corner does. */
  readonly closeWindow: (id: number) => Promise<void>;
  /** Waits until the app has heard of a change of power. */
  readonly powerHeard: (
    member: 'PrepareForSleep' | 'PrepareForShutdown',
    starting: boolean,
    tell: () => void,
  ) => Promise<void>;
  /** Moves what the app takes for wall time and for time since boot. */
  readonly shiftClock: (byMs: { readonly wall: number; readonly boot: number }) => Promise<void>;
  readonly resetClock: () => Promise<void>;
  readonly idle: (ms: number) => Promise<void>;
  readonly answerDialog: (answer: DialogAnswer) => Promise<void>;
  readonly openedLinks: () => Promise<readonly string[]>;
  readonly pressShortcut: (accelerator: string) => Promise<void>;
  readonly setSystemDark: (dark: boolean) => Promise<void>;
  /** What the host saw the app do, oldest first: dialogs, opened links, crashes, messages of pages. */
  readonly happenings: () => readonly Happening[];
  /** Frees what the spec's side holds; the app is ended before. */
  readonly release: () => Promise<void>;
};

export type Host = {
  readonly name: HostName;
  readonly start: (start: AppStart) => Promise<HostedApp>;
  /** Starts the app once more, as a launcher does, and waits for that start to end. */
  readonly startSecond: (start: AppStart) => Promise<Exit>;
};
