// A team's broker opened for one data area: who signed in there the last time, and the host that calls in their name.
import type { Connection } from '#shared/contracts/desktop/connection.ts';
import { systemTime } from '../clock.ts';
import type { BrokerHost } from '../embedded-broker/broker-host.ts';
import type { Keychain } from '../keychain-port.ts';
import type { BrowserPort, Log, Timers } from '../ports.ts';
import type { Vault, WipeReason } from '../vault/vault.ts';
import type { Network } from './https-fetch.ts';
import { openSignInKeeper, type ConnectionStore } from './kept-sign-in.ts';
import type { Revocations } from './revocations.ts';
import { createSignIn, type SignIn, type SignInOptions } from './sign-in.ts';
import { createTeamHost, userOf } from './team-host.ts';

export type TeamOptions = {
  readonly url: string;
  readonly managed: boolean;
  readonly network: Pick<Network, 'fetch'>;
  readonly revocations: Pick<Revocations, 'add'>;
  readonly store: ConnectionStore;
  readonly keychain: Keychain;
  readonly browser: BrowserPort;
  readonly vault: Pick<Vault, 'copies' | 'wipe'>;
  readonly now: () => number;
  readonly timers: Timers;
  readonly log: Log;
  readonly record: SignInOptions['record'];
};

export type Team = { readonly host: BrokerHost; readonly signIn: SignIn; readonly view: () => Connection };

export async function openTeam(options: TeamOptions): Promise<Team> {
  const { url, managed, network, vault, store, keychain } = options;
  const wipe = async (which: (user: string) => boolean, reason: WipeReason): Promise<void> => {
    const these = vault.copies().filter(({ user }) => which(user));
    await Promise.all(these.map(async ({ collectId }) => await vault.wipe(collectId, reason)));
  };
  const signIn = createSignIn({
    ...options,
    brokerUrl: url,
    keeper: await openSignInKeeper(store, keychain),
    wallMs: systemTime().wallMs,
    random: Math.random,
    // What the last person held is theirs alone, and nobody else could release it.
    beforeAnother: async (account) => await wipe((user) => user !== userOf(account), 'signed_out'),
    afterRefused: async (account) => await wipe((user) => user === userOf(account), 'revoked'),
  });
  return {
    host: createTeamHost({ url, network, signIn }),
    signIn,
    view: () => ({ kind: 'team', url, signInHost: signIn.host(), managed, signIn: signIn.view() }),
  };
}
