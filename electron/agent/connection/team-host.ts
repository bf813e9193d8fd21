// A team's broker as the session sees it: calls over HTTPS with the access token of who is signed in, and nobody else's.
// It never starts or stops anything: being there is the broker's affair, being let in the sign-in's.
import { createHash } from 'node:crypto';
import { problemSchema } from '#shared/contracts/problem.ts';
import type { BrokerHost, Candidate } from '../embedded-broker/broker-host.ts';
import type { Network } from './https-fetch.ts';
import type { SignIn } from './sign-in.ts';
import type { Account } from './sign-in-state.ts';

type Options = {
  readonly url: string;
  readonly network: Pick<Network, 'fetch'>;
  readonly signIn: SignIn;
};

const UNAUTHENTICATED = 401;

/** `close` ends the sign-in's own work as well; the network is its owner's to close. */
export function createTeamHost({ url, network, signIn }: Options): BrokerHost {
  async function send(request: Request, accessToken: string): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.set('authorization', `Bearer ${accessToken}`);
    return await network.fetch(new Request(request, { headers }));
  }

  async function call(request: Request): Promise<Response> {
    // Sent again after a refresh: nothing was done for a caller whom the broker did not know.
    const again = request.clone();
    const first = await tokenOf(signIn);
    const answer = await send(request, first);
    if (answer.status !== UNAUTHENTICATED) return answer;
    const judged = await judge(answer);
    if (!judged.notKnown) return judged.answer;
    signIn.tokens.refused(first);
    const second = await tokenOf(signIn);
    const anew = await judge(await send(again, second));
    // A token made a moment ago: this account is not let in.
    if (anew.notKnown) await signIn.refuse();
    return anew.answer;
  }

  return {
    mode: 'team',
    baseUrl: url,
    state: () => (signIn.signedIn() ? { kind: 'ready', gatewayUrl: url } : { kind: 'signed_out' }),
    letsIn: () => {
      const view = signIn.view();
      return view.kind !== 'signed_out' || view.why !== 'refused';
    },
    subscribe: signIn.subscribe,
    people: () => candidates(signIn.account()),
    fetch: async (request, user) => {
      const account = signIn.account();
      // Nobody's call is ever made in somebody else's name.
      if (account === null || userOf(account) !== user) throw new Error('this person is not signed in');
      return await call(request);
    },
    retry: signIn.tokens.retry,
    exportLedger: null,
    close: signIn.close,
  };
}

/** How this desktop names an account: a file or a record shows nothing of it. */
export function userOf({ issuer, subject }: Account): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('hex');
  return `account-${hash.slice(0, 24)}`;
}

function candidates(account: Account | null): readonly Candidate[] {
  return account === null ? [] : [{ user: userOf(account), name: account.name }];
}

async function tokenOf(signIn: SignIn): Promise<string> {
  const token = await signIn.tokens.get();
  if (!token.ok) throw new Error(token.error);
  return token.value;
}

/** Whether the broker says that it does not know who calls; other answers of this status are about the call. */
async function judge(answer: Response): Promise<{ readonly notKnown: boolean; readonly answer: Response }> {
  if (answer.status !== UNAUTHENTICATED) return { notKnown: false, answer };
  const text = await answer.text();
  const { status, headers } = answer;
  return { notKnown: isNotKnown(text), answer: new Response(text, { status, headers }) };
}

function isNotKnown(text: string): boolean {
  try {
    return problemSchema.parse(JSON.parse(text)).code === 'unauthenticated';
  } catch {
    // Not the broker's own words: something on the way answered.
    return false;
  }
}
