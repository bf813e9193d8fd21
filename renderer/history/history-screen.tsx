// The past: a timeline to look at, what happened in words, and whether the log behind it holds.
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import type { History } from '#shared/contracts/desktop/history.ts';
import { nowMs } from '../clock.ts';
import { useDesktopState, useSend } from '../desktop.tsx';
import { Section } from '../parts/card.tsx';
import { OneOf } from '../parts/choices.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { historyWords as words } from '../words/history.ts';
import { Facts } from './facts.tsx';
import { rangeStart, type Range } from './lanes.ts';
import { Timeline } from './timeline.tsx';
import { StuckSinks } from '../sinks/stuck-sinks.tsx';
import { VerificationCard } from './verification.tsx';

const MOST_FACTS = 300;
/** Records come in bursts: the log is read once after each. */
const PAUSE_MS = 150;

export function HistoryScreen(): ReactNode {
  const { verification } = useDesktopState();
  const [range, setRange] = useState<Range>('day');
  const { history, problem } = useHistory(range);
  return (
    <div className="stack">
      <OneOf
        label={words.range}
        hideLabel
        value={range}
        choices={(['day', 'week', 'month'] as const).map((each) => ({ value: each, label: words.ranges[each] }))}
        onChange={(next) => setRange(next as Range)}
      />
      <ProblemLine problem={problem} />
      {history === null ? (
        problem === null && <p className="quiet none">{words.loading}</p>
      ) : (
        <>
          <Section id="timeline" title={words.timeline}>
            <Timeline range={range} spans={history.spans} />
          </Section>
          <Section id="happened" title={words.happened}>
            <Facts facts={history.facts} more={history.more} />
          </Section>
        </>
      )}
      <VerificationCard verification={verification} />
      <StuckSinks />
    </div>
  );
}

/** The history of a range, read again when the log has grown. The old one stays until the new one is there. */
function useHistory(range: Range): { readonly history: History | null; readonly problem: CommandProblem | null } {
  const send = useSend();
  const { verification, grants } = useDesktopState();
  const [told, setTold] = useState<{ history: History | null; problem: CommandProblem | null }>({
    history: null,
    problem: null,
  });
  // Another question after each growth: to the log as it is then.
  const { records } = verification;
  const question = useMemo(() => ({ range, records, grants: grants.length }), [range, records, grants.length]);
  useEffect(() => {
    let current = true;
    const read = async (): Promise<void> => {
      const now = nowMs();
      const args = { fromMs: rangeStart(question.range, now), toMs: Math.ceil(now), limit: MOST_FACTS };
      const answer = await send('history', args);
      if (!current) return;
      setTold((before) =>
        answer.ok ? { history: answer.value, problem: null } : { history: before.history, problem: answer.error },
      );
    };
    const timer = setTimeout(() => void read(), PAUSE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [send, question]);
  return told;
}
