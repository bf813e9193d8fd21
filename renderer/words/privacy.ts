// Words of legal holds and erasures: what goes, what stays, who has agreed, and what is open yet.
import type { ErasedCard, Reach } from '#shared/contracts/desktop/privacy.ts';
import { count, listAll } from '../format.ts';

export const privacyWords = {
  emptyTitle: 'No hold, no erasure',
  emptyBody: 'Under People, the menu of a person places a legal hold on their data or asks for its erasure.',
  more: (name: string): string => `More for ${name}`,
  holdsTitle: 'Legal holds',
  holdsNone: 'No hold stands. The menu of a person under People places one.',
  placed: 'placed',
  hold: 'Legal hold…',
  holdTitle: (name: string): string => `Keep all data of ${name}?`,
  holdBody:
    'Nothing of this person is erased or pruned until two people release the hold. Only administrators see it, and why.',
  holdDo: 'Place hold',
  held: 'The hold stands.',
  holdWhy: 'Why (administrators read it, and it is on record)',
  release: 'Release…',
  releaseName: (name: string): string => `Release the hold on ${name}`,
  releaseTitle: (name: string): string => `Release the hold on ${name}?`,
  releaseBody: 'Then the data may be erased and pruned again.',
  releaseDo: 'Release',
  released: 'The hold is released.',
  erase: 'Erase…',
  eraseTitle: (name: string): string => `Erase ${name} for good?`,
  eraseDo: 'Erase',
  eraseAsk: 'Ask for it',
  erased: 'Erased.',
  asked: 'Asked for. A second administrator must agree.',
  goes: 'Their access ends, and this goes for good:',
  goesNothing: 'Nothing is kept of them any more.',
  stays:
    'What they did stays on record, under a pseudonym that stands for nobody. Backups, your directory and what others received are yours to clear.',
  second: 'A second administrator must agree.',
  alone: 'It is done at once: you attest it alone.',
  heldTitle: 'A legal hold refuses it',
  typeName: 'Type the name to confirm:',
  doneTitle: 'Erased',
  pseudonym: 'Pseudonym',
  done: 'done',
  open: 'not done everywhere',
  unsettled: 'The broker still ends access or cleans its files. It is tried again each minute.',
} as const;

const PLACES: Readonly<Record<Reach['reached'][number]['place'], string>> = {
  ledger_words: 'Keys of sealed words',
  requests: 'Requests with words',
  asked_approvers: 'Requests that name them as approver',
  approvals: 'Answers with words',
  ends: 'Ends of access with words',
  findings: 'Notes of the review',
  repeats: 'Marks of repeated calls',
  devices: 'Enrolled desktops',
  directory: 'Rows of the directory',
  accounts: 'Accounts with name and roles',
  pseudonyms: 'Logins behind a pseudonym',
  holds: 'Reasons of holds that they placed',
};

export function reachedLine({ place, rows }: Reach['reached'][number]): string {
  return `${PLACES[place]}: ${count(rows)}`;
}

/** Who asked and who agreed. Names come last. */
export function agreedWords({ agreedBy, people }: ErasedCard): string {
  if (agreedBy === 'after_restore') return 'again, after a backup brought it back';
  return `${agreedBy === 'two_people' ? 'agreed' : 'self-attested'}: ${listAll(people)}`;
}

/** Null when every desktop was there since. */
export function desktopsOpenWords({ desktops, desktopsOpen }: ErasedCard): string | null {
  if (desktopsOpen === 0) return null;
  return `Not heard of since: ${count(desktopsOpen)} of ${count(desktops)} desktops that they used. Each forgets when it next connects.`;
}
