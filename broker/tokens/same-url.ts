// Compares the URL that a proof names with the one that was called, as RFC 9449 section 4.3 wants it.

/**
 * True when both are the same http(s) URL without query and fragment, after the normalisation of RFC 3986 6.2.2 and
 * 6.2.3: case of scheme and host, default port, dot segments, needless percent-encoding.
 */
export function sameUrl(claimed: string, called: string): boolean {
  const left = normalise(claimed);
  return left !== null && left === normalise(called);
}

function normalise(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '' || url.password !== '')
    return null;
  const path = url.pathname.replaceAll(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : escape.toUpperCase();
  });
  return `${url.origin}${path}`;
}
