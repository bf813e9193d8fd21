import { describe, expect, it } from 'vitest';
import { draftFor, draftFrom, EMPTY, lengthsFor, purposeFrom, wishOf } from '#renderer/form/draft.ts';
import { wishFormSchema } from '#shared/contracts/desktop/commands.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { CATALOG, NOW_MS, preset } from './fixtures/cards.ts';

const chats = CATALOG.find((entry) => entry.id === 'dataset:support-chats');
if (chats === undefined) throw new Error('the fixture is gone');
const state = { catalog: [...CATALOG], presets: [] };

describe('a draft', () => {
  it('is fit to be asked as soon as something is chosen', () => {
    for (const entry of CATALOG) {
      const wish = wishOf(draftFor(entry, state), entry.maxDurationMs, NOW_MS);
      expect(wishFormSchema.safeParse(wish).success).toBe(true);
    }
  });

  it('starts as it was asked the last time, without its reason', () => {
    const presets = [preset(chats.id, { actions: ['export', 'gone'], purpose: 'reporting', durationMs: 4 * HOUR_MS })];
    expect(draftFor(chats, { presets })).toMatchObject({
      actions: ['export'],
      purpose: 'reporting',
      durationMs: 4 * HOUR_MS,
      justification: '',
    });
  });

  it('takes from a link only what the catalog knows, and no more time than it allows', () => {
    const prefill = {
      resource: chats.id,
      actions: ['read', 'drop_all'],
      purpose: null,
      durationMs: 300 * DAY_MS,
      justification: 'words of the link',
    };
    expect(draftFrom(prefill, null, state)).toMatchObject({ actions: ['read'], durationMs: chats.maxDurationMs });
    expect(draftFrom({ ...prefill, resource: 'dataset:nobody-knows' }, null, state)).toMatchObject({ resource: null });
  });

  it('is no wish without an action, with a purpose that is no name, or for longer than allowed', () => {
    const draft = draftFor(chats, state);
    expect(wishOf({ ...draft, actions: [] }, chats.maxDurationMs, NOW_MS)).toBeNull();
    expect(wishOf({ ...draft, purpose: '' }, chats.maxDurationMs, NOW_MS)).toBeNull();
    expect(wishOf({ ...draft, durationMs: chats.maxDurationMs + 1000 }, chats.maxDurationMs, NOW_MS)).toBeNull();
    expect(wishOf({ ...draft, durationMs: 0 }, chats.maxDurationMs, NOW_MS)).toBeNull();
    expect(wishOf(EMPTY, chats.maxDurationMs, NOW_MS)).toBeNull();
  });

  it('starts now when its start has passed', () => {
    const draft = { ...draftFor(chats, state), startAtMs: NOW_MS - 1 };
    expect(wishOf(draft, chats.maxDurationMs, NOW_MS)?.startAtMs).toBeNull();
    expect(wishOf({ ...draft, startAtMs: NOW_MS + DAY_MS }, chats.maxDurationMs, NOW_MS)?.startAtMs).toBe(
      NOW_MS + DAY_MS,
    );
  });

  it('that extends a grant has no start of its own and does not end with its first use', () => {
    const draft = {
      ...draftFor(chats, state),
      extendsGrant: 'grt_x',
      startAtMs: NOW_MS + DAY_MS,
      endsWithOperation: true,
    };
    expect(wishOf(draft, chats.maxDurationMs, NOW_MS)).toMatchObject({ startAtMs: null, endsWithOperation: false });
  });
});

it('offers the longest that is allowed where the usual lengths are too long', () => {
  expect(lengthsFor(2 * HOUR_MS)).toEqual([30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS]);
  expect(lengthsFor(20 * MINUTE_MS)).toEqual([20 * MINUTE_MS]);
  expect(lengthsFor(DAY_MS)).toEqual([30 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS]);
});

it('makes a name of what a person typed as a purpose', () => {
  expect(purposeFrom('Q3 board report')).toBe('q3-board-report');
  expect(purposeFrom('  2026 Über-Test! ')).toBe('ber-test');
  expect(purposeFrom('日本')).toBe('');
});
