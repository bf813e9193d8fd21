// Sentences for who listens instead of looking.
import type { RequestCard } from '#shared/contracts/desktop/cards.ts';

export const words = {
  signedOut: 'You are signed out.',
  expired: 'Your sign-in has run out. What waits is kept.',
  signedIn: (name: string): string => `Signed in as ${name}.`,
  active: (name: string, time: string): string => `${name} is checked out until ${time}.`,
  ending: (name: string): string => `${name} ends soon.`,
  ended: (name: string): string => `${name} has ended and is wiped.`,
  wipeFailed: (name: string): string => `${name} could not be wiped from this machine yet.`,
  missing: (name: string): string => `The token for ${name} is missing from the keychain.`,
  copied: (name: string): string => `The token for ${name} is on the clipboard.`,
  approval: (requester: string, name: string): string => `${requester} asks for ${name}.`,
  request: {
    waiting: (name) => `${name} waits for approval.`,
    confirm: (name) => `${name} waits for you to confirm.`,
    scheduled: (name) => `${name} is approved and starts later.`,
    ready: (name) => `${name} is approved. Start it when you are ready.`,
    collecting: (name) => `Checking out ${name}.`,
    interrupted: (name) => `The check-out of ${name} was interrupted.`,
    rejected: (name) => `${name} was rejected.`,
    denied: (name) => `${name} was refused by policy.`,
    lapsed: (name) => `The request for ${name} has lapsed.`,
    revoked: (name) => `The approval for ${name} was revoked.`,
    withdrawn: (name) => `The request for ${name} is withdrawn.`,
  } satisfies Record<RequestCard['phase'], (name: string) => string>,
} as const;
