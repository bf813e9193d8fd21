// Grants that end with their first call that was made (see spent.ts): at most one at a time, and none after it.
// Remembers only credentials that end with their operation.
import type { LiveCredential, LiveCredentials } from '#broker/access/live-credentials.ts';

export type Operations = {
  readonly isRunning: (credentialId: string) => boolean;
  readonly isDone: (credentialId: string) => boolean;
  /** Takes the one place. False when a call runs or one was made. Always true for other credentials. */
  readonly begin: (credential: LiveCredential) => boolean;
  /** Gives the place back, or closes it for good when the call was made. True when it was that first one. */
  readonly end: (credential: LiveCredential, made: boolean) => boolean;
};

export function createOperations(live: LiveCredentials): Operations {
  const states = new Map<string, 'running' | 'done'>();
  return {
    isRunning: (credentialId) => states.get(credentialId) === 'running',
    isDone: (credentialId) => states.get(credentialId) === 'done',
    begin: (credential) => {
      if (!credential.endsWithOperation) return true;
      if (states.has(credential.credentialId)) return false;
      states.set(credential.credentialId, 'running');
      return true;
    },
    end: (credential, made) => {
      if (!credential.endsWithOperation) return false;
      if (!made) {
        states.delete(credential.credentialId);
        return false;
      }
      states.set(credential.credentialId, 'done');
      live.onRemoved(credential.credentialId, () => void states.delete(credential.credentialId));
      return true;
    },
  };
}
