// One change of one setting, as the window sends it.
import { describe, expect, it } from 'vitest';
import { settingChangeSchema, settingsSchema } from '#shared/contracts/desktop/settings.ts';

describe('a change of a setting', () => {
  it('is the one setting that is named, and nothing is filled in', () => {
    for (const [name, value] of Object.entries(settingsSchema.parse({})))
      expect(settingChangeSchema.parse({ [name]: value })).toEqual({ [name]: value });
  });

  it('is refused when it names none, two, or one that there is not', () => {
    for (const change of [{}, { theme: 'dark', textZoom: 1 }, { colour: 'red' }, { theme: 'pink' }])
      expect(settingChangeSchema.safeParse(change).success).toBe(false);
  });
});
