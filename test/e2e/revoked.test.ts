// The broker ends access that the desktop still holds: the desktop hears of it, wipes and tells the person.
import { describe, expect, it } from 'vitest';
import { editExample } from './support/example.ts';
import { gatewayOf, onlyToken, PENGUINS_FILE, statusOf, tokensIn } from './support/tokens.ts';
import { useDaypass } from './support/use-daypass.ts';
import { askButton, checkOut, openForm, PENGUINS, verdict } from './support/window.ts';

const my = useDaypass();

describe('access that the broker ends while the app runs', () => {
  it('is wiped as soon as the app hears of it: here after its one use', async () => {
    const { desk, page } = my;
    await openForm(page, PENGUINS);
    await page.getByRole('button', { name: 'Start later, first use, ticket' }).click();
    await page.getByText('End with the first use').click();
    await verdict(page).getByRole('strong').waitFor();
    await askButton(page).click();
    const token = await onlyToken(desk);
    const gateway = await gatewayOf(page);
    expect(await statusOf(gateway, PENGUINS_FILE, token)).toBe(200);
    await expect.poll(() => tokensIn(desk)).toEqual([]);
    await page.getByRole('heading', { name: 'Nothing checked out' }).waitFor();
    expect(await statusOf(gateway, PENGUINS_FILE, token)).toBe(401);
  });
});

describe('access to a resource that became another one while the app was down', () => {
  it('is revoked at the start: wiped, refused, and the person told', async () => {
    const { desk, day } = my;
    await checkOut(my.page, PENGUINS);
    const token = await onlyToken(desk);
    await desk.app.kill();
    // Nobody was there to wipe it.
    expect(await tokensIn(desk)).toEqual([token]);
    await editExample(day.files, { folder: { resource: 'dataset:penguins', path: 'data/legislators' } });

    await day.start();
    const page = await my.reopened();
    await expect.poll(() => tokensIn(desk)).toEqual([]);
    await desk.notifications.find('Access was revoked');
    await page.getByRole('heading', { name: 'Nothing checked out' }).waitFor();
    expect(await statusOf(await gatewayOf(page), PENGUINS_FILE, token)).toBe(401);
  });
});
