// The app's own URL schemes. Chromium knows none of them: `app://host/path` is `https://host.app.standin/path` inside,
// answered before any look-up, and everything that leaves for the app is translated back.
import type * as Electron from 'electron';
import { NotInStandIn, only } from './missing.ts';

type SchemeHandler = (request: GlobalRequest) => GlobalResponse | Promise<GlobalResponse>;

const handlers = new Map<string, SchemeHandler>();
const SUFFIX = 'standin';

/** As Chromium has to see it. */
export function toInner(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i, (whole, scheme: string, host: string) =>
    handlers.has(scheme) ? `https://${host}.${scheme}.${SUFFIX}` : whole,
  );
}

/** As the app has to see it. */
export function toOuter(url: string): string {
  return url.replace(/^https:\/\/([^/?#]*)\.([a-z][a-z0-9+-]*)\.standin(?=[/?#]|$)/, '$2://$1');
}

/** The origin of a URL as the app sees it. */
export function originOf(url: string): string {
  const outer = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)/i.exec(url)?.[1];
  return outer !== undefined && !outer.startsWith('file:') ? outer : 'null';
}

/** Answers a request for an app URL, or nothing when its scheme is not the app's. */
export async function answerScheme(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: string | undefined,
): Promise<GlobalResponse | undefined> {
  const handler = handlers.get(url.slice(0, url.indexOf(':')));
  if (handler === undefined) return undefined;
  return handler(new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }));
}

/** A policy may name the app's own scheme; inside it has another name. */
export function toInnerPolicy(policy: string): string {
  let inner = policy;
  for (const scheme of handlers.keys()) {
    inner = inner
      .replaceAll(new RegExp(`(?<=[\\s;]|^)${scheme}://([^\\s;/]+)`, 'g'), `https://$1.${scheme}.${SUFFIX}`)
      .replaceAll(new RegExp(`(?<=[\\s;]|^)${scheme}:(?=[\\s;]|$)`, 'g'), `https://*.${scheme}.${SUFFIX}`);
  }
  return inner;
}

export const protocol: Pick<
  Electron.Protocol,
  'registerSchemesAsPrivileged' | 'handle' | 'unhandle' | 'isProtocolHandled'
> = only('protocol', {
  registerSchemesAsPrivileged(schemes: Electron.CustomScheme[]): void {
    for (const { scheme, privileges } of schemes) {
      // All schemes are standard and secure inside; one that asks for less would behave otherwise.
      if (privileges?.standard !== true || privileges.secure !== true)
        throw new NotInStandIn(`an insecure scheme '${scheme}'`);
    }
  },
  handle(scheme: string, handler: SchemeHandler): void {
    if (handlers.has(scheme)) throw new Error(`The scheme ${scheme} is already intercepted`);
    handlers.set(scheme, handler);
  },
  unhandle(scheme: string): void {
    handlers.delete(scheme);
  },
  isProtocolHandled: (scheme: string): boolean => handlers.has(scheme),
});
