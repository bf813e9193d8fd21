// Copy token and Copy as…, as another program sees the clipboard.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { gatewayOf, onlyToken } from './support/tokens.ts';
import { useDaypass } from './support/use-daypass.ts';
import { card, checkOut, openTab, PENGUINS, pickFrom } from './support/window.ts';

const KINDS = ['curl command', 'Python', 'Shell variables', 'Node.js', 'Address only'];
const my = useDaypass({
  // The shortest that the settings allow.
  prepare: async ({ dataFolder }) =>
    await writeFile(path.join(dataFolder, 'settings.json'), JSON.stringify({ clipboardClearMs: 5000 })),
});
let token = '';

beforeAll(async () => {
  await checkOut(my.page, PENGUINS);
  token = await onlyToken(my.desk);
});

async function copyToken(): Promise<void> {
  await card(my.page, PENGUINS).getByRole('button', { name: 'Copy token' }).click();
  await card(my.page, PENGUINS).getByText('Token on the clipboard').waitFor();
}

async function clearingIsOver(): Promise<void> {
  await card(my.page, PENGUINS).getByText('Token on the clipboard').waitFor({ state: 'detached' });
}

describe('Copy token', () => {
  it('puts the raw token on the clipboard, marked as a secret, and clears it after its time', async () => {
    const { desk, page } = my;
    await copyToken();
    expect(await desk.clipboard.read()).toBe(token);
    // The window only knows that it is there.
    expect(await page.content()).not.toContain(token.slice(-40));
    expect(await desk.clipboard.read('x-kde-passwordManagerHint')).toBe('secret');
    await clearingIsOver();
    await expect.poll(() => desk.clipboard.read()).toBe('');
  });

  it('leaves the clipboard alone when it holds something else by then', async () => {
    const { desk } = my;
    await copyToken();
    await desk.clipboard.write('a poem');
    await clearingIsOver();
    expect(await desk.clipboard.read()).toBe('a poem');
  });
});

describe('Copy as…', () => {
  it.each(KINDS)('%s holds no token, only the address', async (kind) => {
    const { page, desk } = my;
    const gateway = await gatewayOf(page);
    await desk.clipboard.write('before');
    await pickFrom(page, card(page, PENGUINS).getByRole('button', { name: 'Copy as…' }), kind);
    await expect.poll(() => desk.clipboard.read()).toContain(`${gateway}/gateway/dataset/penguins`);
    const text = await desk.clipboard.read();
    expect(text).not.toContain(token);
    // The beginning of any signed token.
    expect(text).not.toContain('eyJ');
  });

  it('the curl command reads the token when it runs, and opens the resource', async () => {
    const { page, desk } = my;
    await pickFrom(page, card(page, PENGUINS).getByRole('button', { name: 'Copy as…' }), 'curl command');
    await expect.poll(() => desk.clipboard.read()).toContain('curl -H @-');
    const command = (await desk.clipboard.read()).replace(/'$/, "penguins.csv'");
    expect(await desk.run(['bash', '-c', command], `${token}\n`)).toContain('Adelie');
  });
});

describe('the time on the clipboard', () => {
  it('is kept in the settings, where the person sees and changes it', async () => {
    const { page, day } = my;
    await openTab(page, 'Settings');
    const choices = page.getByRole('radiogroup', { name: 'Clear a copied token after' });
    expect(await choices.getByRole('radio', { checked: true }).getAttribute('value')).toBe('5000');
    await choices.getByText('1 min', { exact: true }).click();
    const file = path.join(day.files.dataFolder, 'settings.json');
    await expect.poll(async () => await readFile(file, 'utf8')).toMatch(/"clipboardClearMs":\s*60000/);
  });
});
