// Run as a program of its own, where `/etc` is a private one: opens Daypass and prints what Settings says and allows.
import { openDaypass } from './open-daypass.ts';
import { openTab, passWelcome } from './window.ts';

await using day = await openDaypass();
const page = await day.desk.window();
await passWelcome(page);
await openTab(page, 'Settings');
const theme = page.getByRole('radiogroup', { name: 'Theme' });
console.log(
  JSON.stringify({
    chosen: await theme.getByRole('radio', { checked: true }).getAttribute('value'),
    disabled: await theme.getByRole('radio', { disabled: true }).count(),
    notes: await page.getByText('Set by your organisation').count(),
    background: await page.evaluate<string>('getComputedStyle(document.body).colorScheme'),
  }),
);
