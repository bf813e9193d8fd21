// Words of the computers that administrators look after: what a log tells of each, what it means and what to do.
import type { DesktopCard } from '#shared/contracts/desktop/oversight.ts';
import { count } from '../format.ts';

export const desktopsWords = {
  attentionTitle: 'Look at these',
  allTitle: 'All is well',
  emptyTitle: 'No computer has been heard yet',
  emptyBody: 'Each computer that somebody signs in on appears here, with when its log last arrived.',
  find: 'Find a person or a computer',
  heard: 'heard',
  neverHeard: 'never heard',
  nobody: 'Nobody known',
  device: (short: string): string => `computer ${short}`,
  forked: 'two logs',
  silent: 'silent, has access',
  restored: 'went back',
  differed: 'log differed',
  newKey: 'new key',
  replacedBy: (short: string): string => `key changed, now computer ${short}`,
  since: 'Since',
} as const;

export type DesktopTrouble = 'forked' | 'silent' | 'restored' | 'differed' | 'newKey';

/** What it means, and what to do. */
export const troubleWords: Readonly<Record<DesktopTrouble, { readonly means: string; readonly doThis: string }>> = {
  forked: {
    means:
      'Its key signed two logs that contradict each other. Either a copy of this computer is in use, or its log was rewritten. Both logs are kept as evidence.',
    doThis: 'End what its people have, ask them what happened, and have the computer set up anew.',
  },
  silent: {
    means:
      'It has access and its records do not arrive. It may sleep or be off the network, or something keeps it from sending.',
    doThis: 'The access ends by itself in time. Ask its people; if nobody answers, revoke it under Now.',
  },
  restored: {
    means:
      'Its disk was put back to an older state. Nothing that arrived here is lost, and its log goes on in a new part.',
    doThis: 'Ask its people whether they restored a backup. If nobody did, treat it as copied.',
  },
  differed: {
    means: 'Its own log was not the one that it had sent. What arrived here stays, and its log goes on in a new part.',
    doThis: 'Ask its people whether they restored a backup. If nobody did, somebody changed its files.',
  },
  newKey: {
    means:
      'It goes on under another key: its keychain was emptied, or somebody signed in on another computer with a copy of its data.',
    doThis:
      'Ask its people whether they set it up anew. If nobody did, disable the person and ask them to sign in again.',
  },
};

/** What wants a look, the worst first; null: nothing does. A log that went back is old news after two weeks. */
export function troubleOf(desktop: DesktopCard, nowMs: number): DesktopTrouble | null {
  if (desktop.forks !== null) return 'forked';
  if (desktop.silentSinceMs !== null && desktop.liveGrants > 0) return 'silent';
  if (
    desktop.reopened === null ||
    desktop.reopened.reason === 'key_changed' ||
    nowMs - desktop.reopened.atMs > OLD_NEWS_MS
  )
    return null;
  const { reason } = desktop.reopened;
  return reason === 'new_key' ? 'newKey' : reason === 'forked' ? 'differed' : 'restored';
}

const OLD_NEWS_MS = 14 * 86_400_000;

/** Since when. */
export function troubleSinceMs(desktop: DesktopCard, trouble: DesktopTrouble): number | null {
  if (trouble === 'forked') return desktop.forks?.newestAtMs ?? null;
  return trouble === 'silent' ? desktop.silentSinceMs : (desktop.reopened?.atMs ?? null);
}

export function recordsWords(n: number): string {
  return n === 1 ? '1 record' : `${count(n)} records`;
}
