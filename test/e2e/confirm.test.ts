// Solo use: what policy leaves to the person's own word is typed, not clicked, and recorded as that.
import { describe, expect, it } from 'vitest';
import { editExample } from './support/example.ts';
import { exportedLogs } from './support/outside.ts';
import { gatewayOf, onlyToken, statusOf, tokensIn } from './support/tokens.ts';
import { useDaypass } from './support/use-daypass.ts';
import { askButton, askFor, card, openForm, sayDone, verdict, WEATHER } from './support/window.ts';

const my = useDaypass({ prepare: async (files) => await editExample(files, { everyDayIsHoliday: true }) });

describe('a request outside of working hours', () => {
  it('says before it is sent that the person will confirm it', async () => {
    const { page } = my;
    await openForm(page, WEATHER);
    await verdict(page).getByText('You confirm it yourself').waitFor();
    await verdict(page).getByText('It is recorded as your own word').waitFor();
    expect(await askButton(page).innerText()).toBe('Ask for access');
    await page.keyboard.press('Escape');
  });

  it('gives nothing for another text than the resource’s id', async () => {
    const { page, desk } = my;
    await askFor(page, WEATHER);
    const request = card(page, WEATHER);
    const field = request.getByRole('textbox', { name: 'Type dataset:weather to confirm that you mean it' });
    expect(await request.getByRole('button', { name: 'Confirm' }).isDisabled()).toBe(true);
    await field.fill('dataset:penguins');
    await request.getByRole('button', { name: 'Confirm' }).click();
    await request.getByRole('alert').waitFor();
    expect(await tokensIn(desk)).toEqual([]);
  });

  it('begins once the id is typed, and the log calls it the person’s own confirmation', async () => {
    const { page, desk } = my;
    const gateway = await gatewayOf(page);
    await card(page, WEATHER).getByRole('textbox').fill('dataset:weather');
    await page.keyboard.press('Enter');
    const token = await onlyToken(desk);
    await card(page, WEATHER).getByRole('timer').waitFor();
    expect(await statusOf(gateway, '/gateway/dataset/weather/seattle-weather.csv', token)).toBe(200);
    await sayDone(page, WEATHER);

    const { ledger } = await exportedLogs(desk, page, 'confirmed');
    const kinds = ledger.map(({ kind }) => kind);
    expect(kinds).toContain('request.self_confirmed');
    expect(kinds.filter((kind) => kind.startsWith('approval'))).toEqual([]);
  });
});
