// Brings a waiting request to its approvers' minds again: seldom, and it says when that is possible.
import type { ReactNode } from 'react';
import type { RequestCard } from '#shared/contracts/desktop/cards.ts';
import { nowMs } from '../clock.ts';
import { until } from '../format.ts';
import { useNavigation } from '../navigation.tsx';
import { Button } from '../parts/button.tsx';
import type { Command } from '../parts/use-command.ts';
import { useReached } from '../parts/use-reached.ts';
import { accessWords as words } from '../words/access.ts';

export function Nudge(props: {
  readonly request: RequestCard;
  readonly atMs: number;
  readonly command: Command;
  /** What else may be pressed. */
  readonly children: ReactNode;
}): ReactNode {
  const { request, atMs, command } = props;
  const { say } = useNavigation();
  const isPossible = useReached(atMs);
  const remind = async (): Promise<void> => {
    const answer = await command.run('nudge', { requestId: request.requestId });
    if (answer.ok) say(words.reminded);
  };
  return (
    <div className="buttons nudge">
      {isPossible ? (
        <Button isPending={command.running} onPress={() => void remind()}>
          {words.remind}
        </Button>
      ) : (
        <span className="quiet">{words.remindAgain(until(atMs, nowMs()))}</span>
      )}
      {props.children}
    </div>
  );
}
