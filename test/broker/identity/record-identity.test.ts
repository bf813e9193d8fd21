// Who may approve comes from the configuration, so a change of it is on record, and a reload says who asked for it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '#broker/config/load-config.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { CONFIG } from '#test/support/world-files.ts';
import { readLedger } from '#test/support/access-steps.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  await world.close();
});

async function identityChanges() {
  const records = await readLedger(world);
  return records.filter(({ kind, data }) => kind === 'config.changed' && data['part'] === 'identity');
}

async function restartWith(config: string): Promise<void> {
  await world.stop();
  const loaded = parseConfig({ file: `${world.folder}/daypass.yaml`, text: config });
  await world.start({ loaded: expectOk(loaded) });
}

describe('the identities in force', () => {
  it('are recorded once, by subject id and never by name', async () => {
    const [first, ...more] = await identityChanges();
    expect(more).toEqual([]);
    const users = CONFIG.match(/- \{ name/g)?.length ?? 0;
    expect(first?.data['added']).toHaveLength(users + 2);
    expect(JSON.stringify(first)).not.toMatch(/ana|Okoye|warehouse/);
    await restartWith(CONFIG);
    expect(await identityChanges()).toHaveLength(1);
  });

  it('name whose rights changed while the broker was down', async () => {
    const subject = expectOk(await (await world.as('eve')).me()).subject;
    await restartWith(CONFIG.replace('roles: [visitor]', 'roles: [approver]'));
    const last = (await identityChanges()).at(-1);
    expect(last?.data).toMatchObject({ added: [], removed: [], changed: [subject] });
  });
});

it('records who asked for a reload, taken or refused', async () => {
  const lee = expectOk(await (await world.as('lee')).me()).subject;
  const actorsOf = async (kind: string): Promise<unknown[]> => {
    const { records } = expectOk(await (await world.as('lee')).records({ limit: 1000 }));
    const texts = records.map(({ record }) => JSON.stringify(record)).filter((text) => text.includes(`"${kind}"`));
    // The record of the identities names every subject, lee's too.
    return texts.filter((text) => text.includes(lee) && !text.includes('"part":"identity"'));
  };
  const reload = async () => await world.broker().reload({ kind: 'embedded', user: 'lee' });
  world.writeFile(
    'policies/more.cedar',
    '@id("more") @title("Nothing at night")\nforbid (principal, action in Daypass::Action::"access", resource) when { resource.sensitivity >= 9 };',
  );
  expect((await reload()).ok).toBe(true);
  expect(await actorsOf('config.changed')).toHaveLength(1);
  world.writeFile('policies/more.cedar', 'forbid');
  expect((await reload()).ok).toBe(false);
  expect(await actorsOf('config.refused')).toHaveLength(1);
});
