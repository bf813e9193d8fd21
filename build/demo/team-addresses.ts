// The first block of docs/curl.md for a team that runs: its lines take what a reader has to fill in.
import { NIGHTLY } from '#test/support/oidc/accounts.ts';
import type { Team } from '#test/support/team/open-team.ts';

/** Lines for a shell. Throws where there is only one replica. */
export function addressesForCurl({ replicas: [one, two] }: Pick<Team, 'replicas'>): readonly string[] {
  if (two === undefined) throw new RangeError('the page shows two replicas');
  return [
    `BROKER=${one.url} OTHER=${two.url}`,
    `OTHER_GATEWAY=${two.gatewayUrl}`,
    `SERVICE=${NIGHTLY.clientId} SERVICE_SECRET='${NIGHTLY.clientSecret}'`,
  ];
}
