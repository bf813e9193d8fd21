// Which file of the built window answers an `app://daypass/` address, and with which headers. Never leaves its folder.
import { open, realpath } from 'node:fs/promises';
import { constants } from 'node:fs';
import path from 'node:path';

export const APP_SCHEME = 'app';
export const APP_HOST = 'daypass';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Scripts, styles, pictures and fonts of the app itself; nothing else, and no way out. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), clipboard-read=(), clipboard-write=()',
  'cache-control': 'no-store',
};

// Names as the bundler makes them. No dots at the start, no encoded characters, no backslash.
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** The file that an address names, relative to the folder; null when it names none that may be served. */
export function fileOfAddress(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.protocol !== `${APP_SCHEME}:` || url.host !== APP_HOST || url.username !== '' || url.password !== '')
    return null;
  if (url.pathname === '/' || url.pathname === '') return 'index.html';
  const segments = url.pathname.slice(1).split('/');
  if (!segments.every((segment) => SEGMENT.test(segment))) return null;
  return path.extname(url.pathname) in TYPES ? segments.join('/') : null;
}

/** Answers a request for a file of `folder`: 405 for anything but GET, 404 for what is not there or leads outside. */
export async function answerFile(
  folder: string,
  request: { readonly method: string; readonly url: string },
): Promise<Response> {
  if (request.method !== 'GET') return refuse(405);
  const name = fileOfAddress(request.url);
  if (name === null) return refuse(404);
  const bytes = await readInside(folder, name);
  if (bytes === null) return refuse(404);
  return new Response(bytes, { headers: { ...HEADERS, 'content-type': TYPES[path.extname(name)] ?? 'text/plain' } });
}

async function readInside(folder: string, name: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const root = await realpath(folder);
    const wanted = path.join(root, name);
    // A link, in the file's place or on the way to it, would name a file of somebody else's choice.
    if ((await realpath(wanted)) !== wanted) return null;
    // Windows has no O_NOFOLLOW; the comparison above is what holds there.
    await using file = await open(wanted, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    return new Uint8Array(await file.readFile());
  } catch {
    return null;
  }
}

function refuse(status: 404 | 405): Response {
  return new Response(null, { status, headers: HEADERS });
}
