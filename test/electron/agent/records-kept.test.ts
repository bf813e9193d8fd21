import { expect, it } from 'vitest';
import { recordsKept } from '#electron/agent/records-kept.ts';
import { settingsSchema } from '#shared/contracts/desktop/settings.ts';
import type { MeView } from '#shared/contracts/broker-api.ts';
import { ok } from '#shared/domain/result.ts';
import { DAY_MS } from '#shared/domain/time.ts';

type Case = {
  readonly kind: 'embedded' | 'team';
  readonly days: number | null;
  readonly managed: boolean;
  readonly told: string | null;
};

async function kept({ kind, days, managed, told }: Case): Promise<number | null> {
  const values = settingsSchema.parse({ recordsKeptDays: days });
  const settings = { state: () => ({ values, managed: managed ? ['recordsKeptDays'] : [] }) };
  const me: MeView = {
    ...{ subject: 'sub_1', name: 'Ana', kind: 'person', roles: [], teams: [], admin: false, owner: false },
    ...{ facts: 'verified', mode: 'standalone' },
    recordsKept: told,
  } as const;
  const client = () => ({ me: async () => ok(me) });
  const keptMs = await recordsKept({ settings, choice: { kind }, client });
  return keptMs === null ? null : keptMs / DAY_MS;
}

it.each([
  ['the organisation’s word, before all others', { kind: 'team', days: 90, managed: true, told: 'P365D' }, 90],
  ['the team’s broker, whatever the person likes', { kind: 'team', days: 90, managed: false, told: 'P365D' }, 365],
  ['the person’s, where the broker is theirs', { kind: 'embedded', days: 90, managed: false, told: 'P365D' }, 90],
  ['their broker’s, where they said nothing', { kind: 'embedded', days: null, managed: false, told: 'P365D' }, 365],
  ['for ever, where nobody said anything', { kind: 'team', days: null, managed: false, told: null }, null],
  ['for ever, where the organisation wants that', { kind: 'team', days: null, managed: true, told: 'P60D' }, null],
  ['never less than 30 days', { kind: 'team', days: null, managed: false, told: 'P1D' }, 30],
] as const)('how long records are kept is %s', async (_name, given, days) => {
  expect(await kept(given)).toBe(days);
});

it('is not known while nobody can be asked', async () => {
  const settings = { state: () => ({ values: settingsSchema.parse({}), managed: [] }) };
  await expect(recordsKept({ settings, choice: { kind: 'team' }, client: () => null })).rejects.toThrow('how long');
});
