import { describe, expect, it } from 'vitest';
import { settingChangeSchema, settingsSchema, someSettingsSchema } from '#shared/contracts/desktop/settings.ts';

describe('the settings contract', () => {
  it('takes a change of one setting as it is, and fills in nothing', () => {
    expect(settingChangeSchema.parse({ theme: 'dark' })).toEqual({ theme: 'dark' });
  });

  it.each([{}, { theme: 'dark', textZoom: 1 }, { unknown: true }, { textZoom: 9 }])('refuses %j', (change) => {
    expect(settingChangeSchema.safeParse(change).success).toBe(false);
  });

  it('knows a default for every setting', () => {
    expect(Object.keys(settingsSchema.parse({})).toSorted()).toEqual(Object.keys(someSettingsSchema.shape).toSorted());
  });
});
