// Addresses of the API: below the broker's own address, which may have a path.

/** `path` begins with a slash. */
export function urlOf(baseUrl: string, path: string): URL {
  return new URL(`${baseUrl.replace(/\/+$/, '')}${path}`);
}
