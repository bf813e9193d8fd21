// Signs out of a team's broker or leaves it, after saying what that ends.
import type { ReactNode } from 'react';
import { useDesktopState } from '../desktop.tsx';
import { Button } from '../parts/button.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useCommand } from '../parts/use-command.ts';
import { hostOf, type Team } from '../sign-in/standing.ts';
import { words as common } from '../words/common.ts';
import { connectionWords as words, endedLine, leftBehindLine } from '../words/connection.ts';

type Props = {
  readonly how: 'sign-out' | 'disconnect';
  readonly team: Team;
  readonly isOpen: boolean;
  readonly onClose: () => void;
};

export function LeaveSheet(props: Props): ReactNode {
  const title = props.how === 'sign-out' ? words.signOutTitle : words.disconnectTitle(hostOf(props.team.url));
  return (
    <Sheet title={title} isOpen={props.isOpen} onClose={props.onClose}>
      <Body {...props} />
    </Sheet>
  );
}

function Body({ how, onClose }: Props): ReactNode {
  const { grants, requests } = useDesktopState();
  const command = useCommand();
  const leave = async (): Promise<void> => {
    const answer = await command.run(how, null);
    if (answer.ok) onClose();
  };
  const left = leftBehindLine(requests.length);
  return (
    <>
      <p>{endedLine(grants.map(({ resource }) => resource.name))}</p>
      <p className="quiet after">{how === 'sign-out' ? words.signOutKept : words.disconnectBody}</p>
      {how === 'disconnect' && left !== null && <p className="quiet after">{left}</p>}
      <ProblemLine problem={command.problem} />
      <div className="buttons end">
        <Button isDisabled={command.running} onPress={onClose}>
          {common.cancel}
        </Button>
        <Button look="danger" isPending={command.running} onPress={() => void leave()}>
          {how === 'sign-out' ? words.signOutDo : words.disconnectDo}
        </Button>
      </div>
    </>
  );
}
