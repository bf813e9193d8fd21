// What happens behind the sign-in page: it asks, checks the password, and hands the person back to the provider.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { errors } from 'oidc-provider';
import type Provider from 'oidc-provider';
import type { Account } from './accounts.ts';
import { ACR } from './claims.ts';
import { problemPage, signInPage } from './pages.ts';

type Deps = {
  readonly provider: Provider;
  readonly accountOf: (login: string) => Account | null;
  /** Sign-ins count as made so long ago. */
  readonly signInAgeMs: number;
};

export function isSignIn(request: IncomingMessage): boolean {
  return request.url?.startsWith('/interaction/') ?? false;
}

export async function handleSignIn(deps: Deps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    if (request.method === 'POST') await check(deps, request, response);
    else await show(deps, request, response, false);
  } catch (error) {
    if (!(error instanceof errors.OIDCProviderError)) throw error;
    send(response, error.status, problemPage(error.error, error.error_description ?? ''));
  }
}

async function show({ provider }: Deps, request: IncomingMessage, response: ServerResponse, failed: boolean) {
  const { uid, params } = await provider.interactionDetails(request, response);
  const hint = params['login_hint'];
  const login = typeof hint === 'string' ? hint : '';
  send(response, failed ? 401 : 200, signInPage({ action: `/interaction/${uid}`, login, failed }));
}

async function check(deps: Deps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const form = new URLSearchParams(await text(request));
  const account = deps.accountOf(form.get('login') ?? '');
  if (account === null || account.password !== form.get('password')) {
    await show(deps, request, response, true);
    return;
  }
  const ts = Math.floor((Date.now() - deps.signInAgeMs) / 1000);
  await deps.provider.interactionFinished(
    request,
    response,
    { login: { accountId: account.login, acr: ACR, amr: ['pwd'], ts } },
    { mergeWithLastSubmission: false },
  );
}

function send(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(html);
}
