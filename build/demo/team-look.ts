// What the team's story looks up: at the broker as an administrator, in a keychain as another program.
import type { GrantView } from '#shared/contracts/broker-api.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { LEE } from '#test/support/oidc/accounts.ts';
import type { Team } from '#test/support/team/open-team.ts';
import { see, type Person } from './person.ts';
import { expect } from './steps.ts';

/** Waits for what was not `before` in this person's keychain: a token, or the password of a login. */
export async function newSecret(person: Person, before: readonly string[]): Promise<string> {
  const start = person.page.getByRole('button', { name: 'Start now' });
  let found: string | undefined;
  await see('a new credential in the keychain', async () => {
    // Only a person who was away must start it: else it begins by itself while we look.
    if (await start.isVisible()) await start.click({ timeout: 300 }).catch(() => undefined);
    found = (await person.tokens()).find((held) => !before.includes(held));
    return found !== undefined;
  });
  return found ?? '';
}

/** The one active grant of a resource by its name. Throws when there is none. */
export async function grantOf(team: Team, resource: string): Promise<GrantView> {
  const lee = await team.client(LEE);
  const { grants } = expectOk(await lee.grants({ of: 'revocable', state: 'active' }));
  const found = grants.find((grant) => grant.resource.name === resource);
  expect(found !== undefined, `nobody has ${resource}`);
  return found;
}
