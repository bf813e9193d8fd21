// Words of signing in at a team's broker.
import type { SignInState } from '#shared/contracts/desktop/connection.ts';

export const signInWords = {
  signIn: 'Sign in',
  again: 'Try again',
  code: 'Use a code instead',
  browser: 'Use the browser instead',
  cancel: 'Cancel',
  putAway: 'Not now',
  copy: 'Copy code',
  copied: 'Code copied.',
  codeName: 'Your code',
  codeEnds: 'The code works for',
  otherBroker: 'Connection settings…',
  private: 'Your organisation’s page opens in your browser. Daypass never sees your password.',
  held: 'What you hold goes on until its end: copy it, use it, or say Done.',
} as const;

type Told = { readonly title: string; readonly body: string };

const FAILURES: Readonly<Record<string, Told>> = {
  cancelled: { title: 'The sign-in was cancelled', body: 'Nothing has changed. Try again when you are ready.' },
  denied: { title: 'The sign-in was refused', body: 'Somebody said no on the sign-in page. Try again there.' },
  timed_out: { title: 'The sign-in took too long', body: 'Nobody finished it in time. Try again.' },
  provider_unreachable: {
    title: 'The sign-in page cannot be reached',
    body: 'Look at your network, then try again.',
  },
  unreachable: { title: 'The broker cannot be reached', body: 'Look at your network, then try again.' },
  no_broker: {
    title: 'No broker answers at this address any more',
    body: 'Ask your administrator, or look at the connection.',
  },
  browser: { title: 'No browser opened', body: 'Use a code instead, on any device.' },
  another_account: {
    title: 'That was another account',
    body: 'Sign in with the one that you use here, or sign out first.',
  },
  not_fresh: {
    title: 'The sign-in page did not ask who you are',
    body: 'For confidential data it has to ask anew. Try again; if it stays like this, tell your administrator.',
  },
  not_trusted: {
    title: 'What came back from the sign-in cannot be trusted',
    body: 'Nothing was kept. Try again; if it stays like this, tell your administrator.',
  },
};

/** What stands above the buttons, for each way of not being signed in. `host` is the broker's. */
export function signInTold(signIn: SignInState, host: string, page: string | null): Told {
  switch (signIn.kind) {
    case 'signed_out':
      return outTold(signIn.why, host);
    case 'in_browser':
      return {
        title: signIn.fresh ? 'Show that it is you' : 'Go on in your browser',
        body: signIn.fresh
          ? `Your answer goes out once you have signed in${at(page)}.`
          : `Finish signing in${at(page)}. This window follows by itself.`,
      };
    case 'device_code':
      return {
        title: signIn.fresh ? 'Show that it is you, with a code' : 'Sign in with a code',
        body: signIn.fresh
          ? 'On any device, open this address and type the code. Then give your answer again.'
          : 'On any device, open this address and type the code:',
      };
    case 'failed':
      return failureTold(signIn.code);
    case 'signed_in':
      return { title: `Signed in as ${signIn.name}`, body: '' };
  }
}

function outTold(why: Extract<SignInState, { kind: 'signed_out' }>['why'], host: string): Told {
  switch (why) {
    case 'never':
      return { title: `Sign in to ${host}`, body: signInWords.private };
    case 'signed_out':
      return {
        title: 'You are signed out',
        body: 'Everything was wiped from this machine. Requests that wait at the broker are kept.',
      };
    case 'expired':
      return {
        title: 'Your sign-in has run out',
        body: 'Nothing is lost: requests and approvals that wait are kept. Sign in to go on.',
      };
    case 'refused':
      return {
        title: 'This account may not use this broker',
        body: 'Sign in with another account, or ask your administrator to let you in.',
      };
  }
}

/** Why a sign-in failed, by its stable code. */
export function failureTold(code: string): Told {
  const known = Object.hasOwn(FAILURES, code) ? FAILURES[code] : undefined;
  return known ?? { title: 'The sign-in failed', body: `Try again (${code.replaceAll('_', ' ')}).` };
}

function at(page: string | null): string {
  return page === null ? '' : ` on ${page}`;
}
