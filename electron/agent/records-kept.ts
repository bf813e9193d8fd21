// How long this desktop keeps the bodies of its own records: as the organisation set it on this machine, else as the
// team's broker keeps them, else, where the broker is the person's own, as the person likes.
import type { BrokerClient } from '#shared/client/broker-client.ts';
import { DAY_MS, type DurationMs, parseDuration } from '#shared/domain/time.ts';
import type { BrokerChoice } from './connection/broker-choice.ts';
import type { SettingsPort } from './ports.ts';

type Parts = {
  readonly settings: Pick<SettingsPort, 'state'>;
  readonly choice: Pick<BrokerChoice, 'kind'>;
  readonly client: () => Pick<BrokerClient, 'me'> | null;
};

/** Less than this nobody may say: records are also what a person is protected by. */
const LEAST_MS: DurationMs = 30 * DAY_MS;

/** Null: for ever. Throws when the broker would have to be asked and cannot be. */
export async function recordsKept({ settings, choice, client }: Parts): Promise<DurationMs | null> {
  const { values, managed } = settings.state();
  const days = values.recordsKeptDays;
  const isDecided = managed.includes('recordsKeptDays') || (choice.kind === 'embedded' && days !== null);
  if (isDecided) return days === null ? null : Math.max(LEAST_MS, days * DAY_MS);
  const me = await client()?.me();
  if (me?.ok !== true) throw new Error('the broker does not say how long records are kept');
  const told = me.value.recordsKept ?? null;
  if (told === null) return null;
  const parsed = parseDuration(told);
  if (!parsed.ok) throw new Error('the broker says what no duration is');
  return Math.max(LEAST_MS, parsed.value);
}
