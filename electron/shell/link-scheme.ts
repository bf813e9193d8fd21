// The scheme of our addresses, and how one is found among arguments. What it means is for parse-link.ts.

export const LINK_SCHEME = 'daypass';

/** The first of some arguments that looks like our link; others are none of ours. */
export function findLink(argv: readonly string[]): string | null {
  return argv.find((argument) => argument.toLowerCase().startsWith(`${LINK_SCHEME}://`)) ?? null;
}
