// The one refresh token there is: in the keychain, and in memory only while the keychain does not take it. The database
// beside it says whether it may be used; a token that it does not speak of is deleted.
import { err, ok, type Result } from '#shared/domain/result.ts';
import { SECOND_MS } from '#shared/domain/time.ts';
import type { Log, Timers } from '../ports.ts';
import { inBackground } from '../session/in-background.ts';
import type { KeptSignIn, SignInKeeper } from './kept-sign-in.ts';
import type { Account } from './sign-in-state.ts';

export type RefreshToken = {
  /** `unread`: there may be one. Null: there is none of this account. */
  readonly current: (kept: KeptSignIn) => Promise<Result<string | null, 'unread'>>;
  /** Whether the keychain has it now; else it is tried again where that may help. */
  readonly keep: (account: Account, refreshToken: string) => Promise<boolean>;
  /** Tried again until the keychain has none. */
  readonly drop: () => Promise<void>;
  /** Never throws: a full disk must not cost the sign-in. */
  readonly note: (change: Partial<KeptSignIn>) => Promise<void>;
  readonly close: () => void;
};

type Options = {
  readonly keeper: SignInKeeper;
  readonly timers: Timers;
  readonly log: Log;
  /** What is done later takes its turn too. */
  readonly inTurn: <T>(run: () => Promise<T>) => Promise<T>;
};

const AGAIN_MS = 20 * SECOND_MS;

export function createRefreshToken({ keeper, timers, log, inTurn }: Options): RefreshToken {
  let unkept: string | null = null;
  let cancel: () => void = () => undefined;
  let closed = false;

  function again(what: string, run: () => Promise<unknown>): void {
    cancel();
    if (!closed) cancel = timers.after(AGAIN_MS, () => inBackground(log, what, async () => await inTurn(run)));
  }

  async function note(change: Partial<KeptSignIn>): Promise<void> {
    const kept = keeper.read();
    if (kept === null) return;
    try {
      await keeper.write({ ...kept, ...change });
    } catch (error) {
      // What is not noted is found out by the provider's word.
      log.trouble('note the sign-in', error);
    }
  }

  async function keep(account: Account, refreshToken: string): Promise<boolean> {
    cancel();
    const done = await keeper.keepRefreshToken(account, refreshToken);
    unkept = done.ok ? null : refreshToken;
    if (done.ok) return true;
    log.info('signin.not_kept', { problem: done.error });
    // Without a keychain, or with one too small for it, the sign-in lasts as long as the program.
    if (done.error === 'locked' || done.error === 'failed') again('keep the sign-in', keepAgain);
    return false;
  }

  async function keepAgain(): Promise<void> {
    const kept = keeper.read();
    if (unkept === null || kept === null) return;
    if (await keep(kept.account, unkept)) await note({ held: 'keychain' });
  }

  async function drop(): Promise<void> {
    unkept = null;
    cancel();
    const dropped = await keeper.dropRefreshToken();
    if (dropped.ok || dropped.error === 'none') return;
    // Locked: the database says already that it is not to be used.
    again('delete a sign-in', async () => (keeper.read()?.held === 'none' ? await drop() : undefined));
  }

  return {
    current: async (kept) => {
      if (unkept !== null) return ok(unkept);
      if (kept.held !== 'keychain') return ok(null);
      const read = await keeper.refreshToken(kept.account);
      return read.ok ? read : err('unread');
    },
    keep,
    drop,
    note,
    close: () => {
      closed = true;
      cancel();
    },
  };
}
