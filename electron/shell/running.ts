// The app as far as it has come: what clicks find before everything is there.
import type { Agent } from '../agent/agent.ts';
import type { AppTray } from './tray.ts';

export type Running = {
  /** Null while it opens. */
  agent: Agent | null;
  tray: AppTray | null;
  quit: () => void;
};
