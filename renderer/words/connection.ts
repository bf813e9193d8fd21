// Words of the broker that this desktop uses: its own, or a team's.
import { count, listAll } from '../format.ts';

export const connectionWords = {
  title: 'Connection',
  connectTitle: 'Connect to a team',
  toTeam: 'Connect to a team…',
  embedded: 'On this machine',
  embeddedHint: 'Policy, keys and log are on this machine and under your control, so what they say is self-attested.',
  team: 'Team broker',
  signInPage: 'Sign-in page',
  person: 'Signed in as',
  nobody: 'Nobody',
  waiting: 'Signing in…',
  freshUntil: (time: string): string => `Just signed in: answers about confidential data count until ${time}.`,
  managed: 'Set by your organisation. You cannot change it here.',
  managedTitle: 'Your organisation chose the broker',
  managedBody: 'It is set for this machine, so no link and nobody at this screen can change it.',
  signOut: 'Sign out…',
  signOutTitle: 'Sign out?',
  signOutDo: 'Sign out',
  signOutKept: 'Requests that wait at the broker are kept. The sign-in itself is revoked, not only forgotten.',
  disconnect: 'Disconnect…',
  disconnectTitle: (host: string): string => `Disconnect from ${host}?`,
  disconnectDo: 'Disconnect',
  disconnectBody: 'You are signed out, and this desktop goes back to the broker on this machine.',
  other: 'Use another broker…',
  address: 'Address of the broker',
  addressHint: 'From your administrator, such as https://daypass.example.org',
  addressWrong: 'An https address such as https://daypass.example.org.',
  fromLinkTitle: 'This address came from a link',
  fromLinkBody:
    'Whoever made the link chose it. Nothing was sent there, and nothing happens until you agree. Go on only if you know this address.',
  look: 'Look for it',
  looking: 'Looking…',
  lookAgain: 'Look again',
  found: 'Found',
  foundName: 'Calls itself',
  foundHost: 'Broker',
  foundSignIn: 'You will sign in at',
  sameHost: 'This is the broker that you use already.',
  what: 'What happens then',
  use: 'Use this broker',
  next: 'Your organisation’s sign-in page opens when you press Sign in. Not before.',
  decides: 'This broker decides what you may have, and its log records what you do with it.',
} as const;

/** What is lost by leaving the broker in use. Names come last. */
export function endedLine(names: readonly string[]): string {
  if (names.length === 0) return 'You hold nothing now, so nothing is ended.';
  const shown = names.length <= 4 ? names : [...names.slice(0, 3), `${count(names.length - 3)} others`];
  const what = names.length === 1 ? 'Your access ends' : `Your ${count(names.length)} accesses end`;
  return `${what} at once, wiped from this machine and refused everywhere: ${listAll(shown)}.`;
}

export function leftBehindLine(requests: number): string | null {
  if (requests === 0) return null;
  return requests === 1
    ? 'The request that waits stays with the broker that you leave.'
    : `The ${count(requests)} requests that wait stay with the broker that you leave.`;
}
