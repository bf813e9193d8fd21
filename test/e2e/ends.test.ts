// Access ends when the person says so, at its time, and all at once: gone from the keychain for an independent reader,
// and refused by the gateway.
import { beforeAll, describe, expect, it } from 'vitest';
import { gatewayOf, newToken, onlyToken, PENGUINS_FILE, statusOf, tokensIn } from './support/tokens.ts';
import { useDaypass } from './support/use-daypass.ts';
import { card, checkOut, MODEL, PENGUINS, pickFrom, sayDone } from './support/window.ts';

// Nobody serves the model here: 502 says that the gateway let the call through.
const MODEL_CALL = '/gateway/model/wink-english/v1/analyse';
const my = useDaypass();
let gateway = '';

beforeAll(async () => {
  gateway = await gatewayOf(my.page);
});

async function modelStatus(token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(new URL(MODEL_CALL, gateway), { method: 'POST', headers, body: '{"text":"Hi"}' });
  await response.arrayBuffer();
  return response.status;
}

describe('Done', () => {
  it('wipes the token and has the gateway refuse it at once', async () => {
    const { page, desk } = my;
    await checkOut(page, PENGUINS);
    const token = await onlyToken(desk);
    expect(await statusOf(gateway, PENGUINS_FILE, token)).toBe(200);
    await sayDone(page, PENGUINS);
    expect(await tokensIn(desk)).toEqual([]);
    await expect.poll(() => statusOf(gateway, PENGUINS_FILE, token)).toBe(401);
  });
});

describe('time that is up', () => {
  it('wipes and refuses by itself, tells the person, and leaves another grant alone', async () => {
    const { page, desk } = my;
    await checkOut(page, MODEL);
    const long = await onlyToken(desk);
    await checkOut(page, PENGUINS, { minutes: 0.1 });
    const short = await newToken(desk, [long]);
    expect(await statusOf(gateway, PENGUINS_FILE, short)).toBe(200);

    await card(page, PENGUINS).waitFor({ state: 'detached' });
    await desk.notifications.find('Access ended: its time is over');
    expect(await tokensIn(desk)).toEqual([long]);
    expect(await statusOf(gateway, PENGUINS_FILE, short)).toBe(401);
    expect(await modelStatus(long)).toBe(502);
    await sayDone(page, MODEL);
  });
});

describe('Extend', () => {
  it('puts a token to the new end in place of the old one, which is refused', async () => {
    const { page, desk } = my;
    const grant = await checkOut(page, PENGUINS, { minutes: 20 });
    const old = await onlyToken(desk);
    expect(await grant.getByRole('timer').innerText()).toMatch(/20:00|19:\d\d/);

    await pickFrom(page, grant.getByRole('button', { name: 'Extend', exact: true }), /^30 min/);
    const next = await newToken(desk, [old]);
    await expect.poll(() => tokensIn(desk)).toEqual([next]);
    await expect.poll(() => statusOf(gateway, PENGUINS_FILE, old)).toBe(401);
    expect(await statusOf(gateway, PENGUINS_FILE, next)).toBe(200);
    await expect.poll(() => card(page, PENGUINS).getByRole('timer').innerText()).toMatch(/50:00|49:\d\d/);
    expect(await card(page, PENGUINS).count()).toBe(1);
  });
});

describe('End everything now', () => {
  it('asks once, then ends all grants', async () => {
    const { page, desk } = my;
    const before = await onlyToken(desk);
    await checkOut(page, MODEL);
    const model = await newToken(desk, [before]);
    await page.getByRole('button', { name: 'End everything now' }).click();
    const sheet = page.getByRole('dialog', { name: 'End everything now?' });
    await sheet.getByText('Your 2 grants end at once').waitFor();
    expect(await tokensIn(desk)).toHaveLength(2);

    await sheet.getByRole('button', { name: 'End everything now' }).click();
    await page.getByRole('heading', { name: 'Nothing checked out' }).waitFor();
    expect(await tokensIn(desk)).toEqual([]);
    await expect.poll(() => statusOf(gateway, PENGUINS_FILE, before)).toBe(401);
    await expect.poll(() => modelStatus(model)).toBe(401);
  });
});
