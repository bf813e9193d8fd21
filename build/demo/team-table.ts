// A table in PostgreSQL: a login that is made for one grant and is gone with it. Rows are read as any program reads them.
import { Client } from 'pg';
import { see } from './person.ts';
import { expect } from './steps.ts';
import { newSecret } from './team-look.ts';
import type { TeamPlay } from './team-stage.ts';

const TABLE = 'Penguins in PostgreSQL';

/** Ana asks for it, reads it, and is done with it. */
export async function useTable(play: TeamPlay): Promise<void> {
  const { step } = play.steps;
  const url = await step('a table in PostgreSQL: Ana gets a login that was made for this grant', async (say) => {
    const { address, password } = await login(play);
    say(`copied without its password: ${address.href}`);
    const withPassword = new URL(address);
    withPassword.password = password;
    return withPassword;
  });
  const session = new Client({ connectionString: url.href });
  // Its end cuts it: that is no error of the demo.
  session.on('error', () => undefined);
  try {
    await step('the login reads rows, and does only what the grant says', async (say) => {
      await session.connect();
      await read(session, say);
    });
    await end(play, url, session);
  } finally {
    await session.end().catch(() => undefined);
  }
}

async function end({ stage: { ana, team }, steps: { step }, pictures }: TeamPlay, url: URL, session: Client) {
  await step('Ana is done: her session is cut, the login refused and gone', async (say) => {
    let open = true;
    session.once('end', () => (open = false));
    await ana.person.unfold(TABLE);
    await ana.person
      .grant(TABLE)
      .getByRole('button', { name: /^Done with/ })
      .click();
    await see('the end of her session', async () => await Promise.resolve(!open));
    const role = decodeURIComponent(url.username);
    await see('no role of the login', async () => {
      const roles = await team.postgres.query('select rolname from pg_roles');
      return roles.every(({ rolname }) => rolname !== role);
    });
    say(`PostgreSQL says: ${await refusalOf(new Client({ connectionString: url.href }).connect())}`);
    await pictures.ana('team-table-done');
  });
}

/** What PostgreSQL answers. Throws when it does not refuse. */
async function refusalOf(answer: Promise<unknown>): Promise<string> {
  const refusal = await answer.then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : 'refused'),
  );
  expect(refusal !== null, 'PostgreSQL lets it through');
  return refusal;
}

type Login = { readonly address: URL; readonly password: string };

/** Asks at the window; gives the connection string of *Copy as…* and the password of the keychain. */
async function login({ stage, pictures }: TeamPlay): Promise<Login> {
  const { person, desktop } = stage.ana;
  const { page } = person;
  const before = await person.tokens();
  await person.fillForm({ name: TABLE });
  await pictures.ana('team-table-form');
  await person.ask();
  const password = await newSecret(person, before);
  await person.unfold(TABLE);
  await pictures.ana('team-table');
  await person.grant(TABLE).getByRole('button', { name: 'Copy as…' }).click();
  await page.getByRole('menuitem', { name: /^Connection string/ }).click();
  const { clipboard } = desktop.desk;
  await see('the connection string on the clipboard', async () => (await clipboard.read()).startsWith('postgresql://'));
  const address = new URL(await clipboard.read());
  expect(address.password === '', 'there is a password on the clipboard');
  return { address, password };
}

async function read(session: Client, say: (line: string) => void): Promise<void> {
  const { rows } = await session.query<{ species: string; count: string }>(
    'select species, count(*) from field.penguins group by species order by species',
  );
  expect(rows.length === 3, `${rows.length} species`);
  say(rows.map(({ species, count }) => `${species} ${count}`).join(', '));
  say(`a delete: ${await refusalOf(session.query('delete from field.penguins'))}`);
}
