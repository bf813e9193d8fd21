// What an owner or administrator asks the broker for, read again while somebody looks. The last answer stays when the
// next one fails, and says so.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { CommandProblem, CommandResult } from '#shared/contracts/desktop/commands.ts';
import { SECOND_MS } from '#shared/domain/time.ts';
import { nowMs, onTick } from '../clock.ts';
import { useDesktopState, useSend } from '../desktop.tsx';

type Name = 'who-has-what' | 'people' | 'changes' | 'desktops' | 'privacy' | 'erasure-reach';

export type Reading<T> = {
  readonly value: T | null;
  readonly readAtMs: number | null;
  readonly problem: CommandProblem | null;
  readonly again: () => void;
};

const EVERY_MS = 15 * SECOND_MS;

/** Reads at once, each 15 s while the window can be seen, and when the broker is back. `person`: whom it is about, where it is about one. */
export function useRead<N extends Name>(name: N, person?: string): Reading<CommandResult<N>> {
  const send = useSend();
  const { broker } = useDesktopState();
  const [read, setRead] = useState<Omit<Reading<CommandResult<N>>, 'again'>>({
    value: null,
    readAtMs: null,
    problem: null,
  });
  const asked = useRef(0);
  const again = useCallback(() => {
    const mine = (asked.current += 1);
    const ask = async (): Promise<void> => {
      const answer = await send(name, (person === undefined ? null : { person }) as never); // All of them take null or a person.
      // A later question was asked meanwhile: its answer is the one that counts.
      if (asked.current !== mine) return;
      setRead((before) =>
        answer.ok ? { value: answer.value, readAtMs: nowMs(), problem: null } : { ...before, problem: answer.error },
      );
    };
    void ask();
  }, [name, person, send]);
  useEffect(() => {
    let lastMs = Number.NEGATIVE_INFINITY;
    const stop = onTick((now) => {
      if (now - lastMs < EVERY_MS) return;
      lastMs = now;
      again();
    });
    return () => {
      asked.current += 1;
      stop();
    };
  }, [again, broker.kind]);
  return { ...read, again };
}
