// Words of the oversight: who has what now, people, and changes that need two.
import type { HeldAccess, HeldChange } from '#shared/contracts/desktop/oversight.ts';
import { count, listAll } from '../format.ts';

export const oversightWords = {
  name: 'Oversight',
  parts: {
    now: 'Now',
    people: 'People',
    desktops: 'Desktops',
    review: 'Review',
    changes: 'Changes',
    privacy: 'Privacy',
  },
  read: 'read',
  again: 'Try again',
  old: 'What you see is older. It is read again by itself.',
  nowTitle: 'Who has what now',
  nowEmptyTitle: 'Nobody has anything now',
  nowEmptyBody: 'Running access to what you look after appears here, with the time it ends.',
  find: 'Find a person or a resource',
  nothingFound: 'Nobody and nothing is called this.',
  revoke: 'Revoke…',
  revokeName: (holder: string, resource: string): string => `Revoke the access of ${holder} to ${resource}`,
  revokeTitle: 'Revoke this access?',
  revokeBody: 'It is refused from this moment on, open streams are cut, and their desktop wipes the token.',
  revokeDo: 'Revoke',
  revoked: 'Revoked.',
  endAll: 'End everything…',
  endAllName: (holder: string): string => `End everything of ${holder}`,
  endTitle: (holder: string): string => `End everything of ${holder}?`,
  endBody: (n: number, admin: boolean): string => {
    const all = n === 1 ? 'One access' : `${count(n)} accesses`;
    return admin
      ? `${all} of this person, on all their accounts and desktops.`
      : `${all} of this person to what you own, on all their accounts and desktops.`;
  },
  endDo: 'End everything',
  reason: 'Why (they are told, and it is on record)',
  reasonOnRecord: 'Why (on record)',
  reasonOptional: 'A word about it (on record)',
  emergency: 'emergency',
  since: 'since',
  peopleTitle: 'People',
  peopleEmptyTitle: 'Nobody has signed in yet',
  peopleEmptyBody: 'Everybody who signs in at this broker appears here.',
  disabled: 'disabled',
  never: 'never seen',
  seen: 'seen',
  disable: 'Disable…',
  disableName: (name: string): string => `Disable ${name}`,
  disableTitle: (name: string): string => `Disable ${name}?`,
  disableBody: 'They can ask for nothing, approve nothing, and all that they hold ends within a minute.',
  disableDo: 'Disable',
  enable: 'Enable…',
  enableName: (name: string): string => `Enable ${name}`,
  enableTitle: (name: string): string => `Enable ${name} again?`,
  enableBody: 'They can sign in and ask again. Nothing that was ended comes back by itself.',
  enableDo: 'Enable',
  changesTitle: 'Waiting for a second person',
  changesEmptyTitle: 'No change waits',
  changesEmptyBody:
    'Lowering a sensitivity, changing what is possible in an emergency and erasing personal data need two people. They wait here.',
  proposed: 'proposed',
  agree: 'Agree…',
  refuse: 'Refuse…',
  agreeTitle: 'Agree to this change?',
  agreeBody: 'With enough people it takes effect at once. That you agreed is on record.',
  agreeDo: 'Agree',
  refuseTitle: 'Refuse this change?',
  refuseBody: 'It does not take effect. Whoever proposed it may propose it anew.',
  refuseDo: 'Refuse',
  takeBack: 'Take back…',
  takeBackTitle: 'Take your agreement back?',
  takeBackDo: 'Take back',
  notMine: 'Somebody else must agree: you have, or it is about your own words.',
} as const;

export const kindName: Readonly<Record<HeldChange['kind'], string>> = {
  sensitivity_downgrade: 'Lower a sensitivity',
  break_glass_policy: 'Change what is possible in an emergency',
  erasure: 'Erase personal data for good',
  hold_release: 'Release a legal hold',
};

/** Who agreed so far. Names come last. */
export function agreedLine({ agreed, needed }: HeldChange): string {
  const so = `${count(agreed.length)} of ${count(needed)} agreed`;
  return agreed.length === 0 ? so : `${so}: ${listAll(agreed)}`;
}

export function endedWords(ended: number, failed: number): string {
  const done = ended === 1 ? 'One access ended.' : `${count(ended)} accesses ended.`;
  return failed === 0 ? done : `${done} Not yet: ${count(failed)}; it is tried again until it is done.`;
}

export function heldSummary(people: number, accesses: number): string {
  const who = people === 1 ? '1 person' : `${count(people)} people`;
  return `${who}, ${accesses === 1 ? '1 access' : `${count(accesses)} accesses`}`;
}

/** What is not simply running; null where it is. */
export function heldTrouble(state: HeldAccess['state']): { readonly text: string; readonly bad: boolean } | null {
  switch (state) {
    case 'active':
      return null;
    case 'activating':
      return { text: 'Starting…', bad: false };
    case 'revoking':
      return { text: 'Being revoked…', bad: false };
    case 'revoke_failed':
      return { text: 'Could not be revoked yet. It is tried again until it is.', bad: true };
  }
}

export function accountsWords(accounts: number): string | null {
  return accounts > 1 ? `${count(accounts)} accounts` : null;
}

export function holdsWords(grants: number): string {
  if (grants === 0) return 'holds nothing';
  return grants === 1 ? 'holds 1 access' : `holds ${count(grants)} accesses`;
}
