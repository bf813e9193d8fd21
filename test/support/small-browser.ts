// A browser without a window, for tests where the page itself is not the point: follows redirects, keeps cookies, fills in
// the provider's forms, and says yes to a device's code. It goes to loopback only.
import type { Account } from './oidc/accounts.ts';

export type SmallBrowser = {
  /** Opens the address, signs in where a form asks for it, and goes wherever that leads. Gives the last page's text. */
  readonly signIn: (url: string, account: Account) => Promise<string>;
  /** As above, up to the address that leads back to the app: the app's own, not yet visited. */
  readonly signInUntilBack: (url: string, account: Account) => Promise<string>;
};

/** One that remembers who signed in, as long as it lives. */
export function openSmallBrowser(): SmallBrowser {
  const cookies = new Map<string, string>();
  async function visit(url: string, form: URLSearchParams | null): Promise<Response> {
    const { origin } = new URL(url);
    const jar = [...cookies].filter(([name]) => name.startsWith(`${origin} `));
    const cookie = jar.map(([name, value]) => `${name.slice(origin.length + 1)}=${value}`).join('; ');
    const response = await fetch(url, {
      method: form === null ? 'GET' : 'POST',
      body: form,
      headers: cookie === '' ? {} : { cookie },
      redirect: 'manual',
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      cookies.set(`${origin} ${pair.slice(0, at)}`, pair.slice(at + 1));
    }
    return response;
  }
  /** Null: a page. Else where it leads. */
  const nextOf = (response: Response, url: string): string | null => {
    const location = response.headers.get('location');
    return location === null ? null : new URL(location, url).href;
  };
  async function follow(start: string, account: Account, stopAt: (url: string) => boolean): Promise<string> {
    let url = start;
    let form: URLSearchParams | null = null;
    for (let step = 0; step < 20; step += 1) {
      if (stopAt(url)) return url;
      const response = await visit(url, form);
      const next = nextOf(response, url);
      const text = await response.text();
      form = null;
      if (next !== null) {
        url = next;
        continue;
      }
      const asked = formIn(text, account);
      if (asked === null) return text;
      url = new URL(asked.action, url).href;
      form = asked.fields;
    }
    throw new Error('it leads nowhere');
  }
  return {
    signIn: async (url, account) => await follow(url, account, () => false),
    signInUntilBack: async (url, account) => await follow(url, account, (at) => new URL(at).pathname === '/callback'),
  };
}

/** The page's form as a person sends it off: hidden fields as they are, name and password theirs. Null: there is none. */
function formIn(
  page: string,
  { login, password }: Account,
): { readonly action: string; readonly fields: URLSearchParams } | null {
  const action = /<form [^>]*method="post" action="([^"]+)"/.exec(page)?.[1];
  if (action === undefined) return null;
  const hidden = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const fields = new URLSearchParams();
  for (const [, name = '', value = ''] of hidden) fields.append(name, value);
  if (page.includes('name="password"')) {
    fields.set('login', login);
    fields.set('password', password);
  }
  return { action, fields };
}
