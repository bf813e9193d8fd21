// Words that more than one screen says.
import type { Preview } from '#shared/contracts/desktop/commands.ts';
import type { RequestCard, GrantCard } from '#shared/contracts/desktop/cards.ts';
import { length, listAll } from '../format.ts';

export const words = {
  product: 'Daypass',
  tabs: { access: 'Access', approvals: 'Approvals', history: 'History', oversight: 'Oversight', settings: 'Settings' },
  back: 'Back',
  cancel: 'Cancel',
  close: 'Close',
  tryAgain: 'Try again',
  more: 'more',
  theirWords: 'Their words',
  less: 'less',
  timeLeft: 'Time left',
  loading: 'Daypass is starting…',
  reading: 'Reading…',
  readingLong: 'The broker takes longer than usual. Still reading…',
  waitingCount: (n: number): string => (n === 1 ? '1 waiting for you' : `${n} waiting for you`),
  modes: { embedded: 'on this machine', team: 'team' },
  standing: { ok: 'All is well', warn: 'Something needs a look', bad: 'Something is wrong' },
  nobody: 'Signed out',
  personMenu: 'Change who you are',
} as const;

const PURPOSES: Readonly<Record<string, string>> = {
  analysis: 'Analysis',
  evaluation: 'Model evaluation',
  training: 'Training a model',
  'fine-tuning': 'Fine-tuning',
  debugging: 'Debugging',
  reporting: 'Reporting',
  incident: 'Incident',
};
export const COMMON_PURPOSES: readonly string[] = Object.keys(PURPOSES);

/** A purpose as a person reads it: its own name where it is not one of the common ones. */
export function purposeName(purpose: string): string {
  return Object.hasOwn(PURPOSES, purpose) ? (PURPOSES[purpose] ?? purpose) : spaced(purpose);
}

const ACTIONS: Readonly<Record<string, string>> = { read_pii: 'read personal data', fine_tune: 'fine-tune' };

export function actionName(action: string): string {
  return Object.hasOwn(ACTIONS, action) ? (ACTIONS[action] ?? action) : spaced(action);
}

export function actionList(actions: readonly string[]): string {
  return listAll(actions.map(actionName));
}

/** First letter large, for words that stand alone. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** What saying Done, or a revoke, really does. */
export function revokeWords(revoke: GrantCard['revokeClass']): string {
  switch (revoke.kind) {
    case 'instant':
      return 'Refused everywhere at once when you say Done.';
    case 'bounded':
      return `Refused everywhere within ${length(revoke.withinMs ?? 0)} when you say Done.`;
    case 'expiry_only':
      return 'Cannot be revoked early: it works until its time is up.';
  }
}

export type Reason = RequestCard['reasons'][number];
export type Facts = Preview['facts'];

const FIXES: Readonly<Record<string, string>> = {
  approvals: 'Needs people to approve.',
  duration: 'A shorter time would do.',
  device: 'Needs a managed device with an encrypted disk.',
  mfa: 'Sign in again with your second factor.',
  confirmation: 'You confirm it yourself, by typing.',
  location: 'Only from the country where the data lives.',
  network: 'Only from a trusted network.',
  role: 'Only for another role. Ask your administrator.',
  ticket: 'Name the ticket of the incident.',
  time: 'Ask again in working hours.',
};

/** What would lift a reason, in words; null when nothing would. */
export function fixWords(fix: string | null): string | null {
  if (fix === null) return null;
  return Object.hasOwn(FIXES, fix) ? (FIXES[fix] ?? null) : `What would lift it: ${spaced(fix)}.`;
}

function spaced(name: string): string {
  return name.replace(/[_-]+/g, ' ');
}
