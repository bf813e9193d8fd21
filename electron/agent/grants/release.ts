// Tells the broker that access is over on this machine. What could not be sent is kept on disk and sent later, for ever:
// a grant that nobody uses must not stay open because a call was lost.
import type { BrokerClient } from '#shared/client/broker-client.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import type { Checkout } from '../kept/kept.ts';
import { inBackground } from '../session/in-background.ts';
import { isPassing, reach } from '../session/reach.ts';
import type { SessionDeps } from '../session/session-deps.ts';
import type { LocalCopy } from '../vault/vault.ts';

export type Releaser = {
  /** Notes that the grant of this check-out is to be released. Never throws: ending access goes on without the note. */
  readonly due: (checkout: Checkout) => Promise<void>;
  /** Sends everything that is due and may be sent: not what is still being deleted here. */
  readonly send: () => Promise<void>;
};

const FIRST_RETRY_MS = 2 * SECOND_MS;
const LONGEST_RETRY_MS = 5 * MINUTE_MS;

export function createReleaser(deps: SessionDeps): Releaser {
  let sending: Promise<void> | null = null;
  let again = false;
  let failures = 0;
  let cancelRetry: () => void = () => undefined;

  /** First deleted here, then released; a delete that failed, or has no record yet, holds the release up no longer. */
  const mayBeSent = ({ request_id: requestId }: Checkout): boolean =>
    !deps.vault.copies().some((copy) => copy.requestId === requestId && isHere(copy));

  async function sendAll(): Promise<void> {
    let left = false;
    for (const checkout of deps.kept.checkouts()) {
      if (checkout.state !== 'releasing' || !mayBeSent(checkout)) continue;
      const sent = await sendOne(checkout).catch((error: unknown) => {
        deps.log.trouble('release', error);
        return false;
      });
      left ||= !sent;
    }
    failures = left ? failures + 1 : 0;
    cancelRetry();
    if (left)
      cancelRetry = deps.timers.after(Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS), () =>
        inBackground(deps.log, 'release', send),
      );
  }

  async function sendOne(checkout: Checkout): Promise<boolean> {
    const person = deps.personOf(checkout.user);
    if (person === null) return false;
    const grantId = checkout.grant_id ?? (await grantOf(person.client, checkout.request_id));
    if (grantId === 'unknown') return false;
    if (grantId !== null) {
      const released = await person.call((client) => reach(() => client.release(grantId)));
      // Refused for good means that it is over or never was.
      if (!released.ok && isPassing(released.error)) return false;
    }
    await deps.kept.dropCheckout(checkout.request_id);
    return true;
  }

  async function send(): Promise<void> {
    again = true;
    sending ??= (async () => {
      while (again) {
        again = false;
        await sendAll();
      }
    })().finally(() => {
      sending = null;
    });
    await sending;
  }

  return {
    due: async (checkout) => {
      const releasing = { ...checkout, state: 'releasing' } as const;
      try {
        await deps.kept.putCheckout(releasing);
      } catch (error) {
        // No record is worth access that stays open. A start finds a check-out without its copy, and releases it too.
        deps.kept.believeCheckout(releasing);
        deps.log.trouble('note a release', error);
      }
    },
    send,
  };
}

/** The grant that a request became: a collect whose answer was lost left it behind. */
async function grantOf(client: Pick<BrokerClient, 'request'>, requestId: string): Promise<string | null | 'unknown'> {
  const view = await reach(() => client.request(requestId));
  if (view.ok) return view.value.grantId;
  return isPassing(view.error) ? 'unknown' : null;
}

function isHere({ state, wipe }: LocalCopy): boolean {
  return state === 'stored' || (state === 'wiping' && (wipe?.lagMs ?? null) === null);
}
