// More time for a grant, in place: an extension is a request of its own, and policy or people may say no.
import type { ReactNode } from 'react';
import type { GrantCard } from '#shared/contracts/desktop/cards.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { newAttempt } from '../attempt.ts';
import { nowMs } from '../clock.ts';
import { length, until } from '../format.ts';
import { useNavigation } from '../navigation.tsx';
import { ActionMenu } from '../parts/action-menu.tsx';
import { Button } from '../parts/button.tsx';
import type { Command } from '../parts/use-command.ts';
import { accessWords as words } from '../words/access.ts';

const LENGTHS_MS = [30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS];
const OTHER = 'other';

export type Extend = {
  readonly lengthsMs: readonly number[];
  /** The length that one click offers when the end is near; null when there is nothing to offer. */
  readonly now: number | null;
  readonly running: boolean;
  readonly by: (durationMs: number) => void;
};

export function useExtend(grant: GrantCard, maxDurationMs: number | null, command: Command): Extend {
  const possible = !grant.endsWithOperation && grant.extension === null;
  const lengthsMs = possible ? LENGTHS_MS.filter((ms) => ms <= (maxDurationMs ?? HOUR_MS)) : [];
  return {
    lengthsMs,
    now: grant.phase === 'ending' ? (lengthsMs[0] ?? null) : null,
    running: command.running,
    by: (durationMs) => {
      const wish = {
        resource: grant.resource.id,
        actions: grant.actions,
        purpose: grant.purpose,
        justification: '',
        ticket: null,
        durationMs,
        startAtMs: null,
        endsWithOperation: false,
        extendsGrant: grant.grantId,
        breakGlass: false,
      };
      void command.run('ask', { wish, attempt: newAttempt() });
    },
  };
}

export function ExtendNow(props: { readonly extend: Extend }): ReactNode {
  const { now, by, running } = props.extend;
  if (now === null) return null;
  return (
    <>
      {' · '}
      <Button look="link" isDisabled={running} onPress={() => by(now)}>
        {words.extendBy(length(now))}
      </Button>
    </>
  );
}

export function ExtendMenu(props: { readonly grant: GrantCard; readonly extend: Extend }): ReactNode {
  const { grant, extend } = props;
  const { go } = useNavigation();
  if (extend.lengthsMs.length === 0) return null;
  return (
    <ActionMenu
      label={words.extend}
      isDisabled={extend.running}
      entries={[
        ...extend.lengthsMs.map((ms) => ({
          id: String(ms),
          label: length(ms),
          detail: words.until(until(grant.endsAtMs + ms, nowMs())),
        })),
        { id: OTHER, label: words.extendOther },
      ]}
      note={words.extendNote(until(grant.endsAtMs, nowMs()))}
      onAction={(id) =>
        id === OTHER
          ? go({
              go: 'form',
              extendsGrant: grant.grantId,
              prefill: {
                resource: grant.resource.id,
                actions: grant.actions,
                purpose: grant.purpose,
                durationMs: null,
                justification: null,
              },
            })
          : extend.by(Number(id))
      }
    />
  );
}
