// The names of everything that crosses between the window and the main process. Plain text: the preload knows no more.

export const COMMAND_NAMES = [
  'get-state',
  'preview',
  'ask',
  'confirm',
  'start',
  'withdraw',
  'dismiss-request',
  'copy-token',
  'copy-snippet',
  'done',
  'end-everything',
  'retry-wipe',
  'answer',
  'history',
  'verify-log',
  'export-log',
  'choose-person',
  'change-setting',
  'set-favourite',
  'accept-clock',
  'accept-ledger',
  'change-device-key',
  'use-memory-only',
  'retry',
  'close-welcome',
  'hide-window',
  'quit',
  'get-route',
  'nudge',
  'find-broker',
  'connect',
  'disconnect',
  'sign-in',
  'cancel-sign-in',
  'sign-out',
  'who-has-what',
  'people',
  'revoke-grant',
  'end-person',
  'set-disabled',
  'review',
  'answer-finding',
  'changes',
  'desktops',
  'answer-change',
  'privacy',
  'erasure-reach',
  'place-hold',
  'release-hold',
  'erase-person',
  'choose-sink-folder',
  'add-sink',
  'remove-sink',
  'set-sink-secret',
  'test-sink',
  'resend-sink',
  'retry-sinks',
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

/** What the main process tells the window without being asked. */
export const PUSH_NAMES = ['state', 'route'] as const;
export type PushName = (typeof PUSH_NAMES)[number];

/** The channel of a name; nothing else is ever listened to or sent. */
export function channelOf(name: CommandName | PushName): string {
  return `daypass:${name}`;
}
