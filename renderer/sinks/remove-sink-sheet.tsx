// Asks before the log stops going to a place.
import type { ReactNode } from 'react';
import { useNavigation } from '../navigation.tsx';
import { Button } from '../parts/button.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useCommand } from '../parts/use-command.ts';
import { words as common } from '../words/common.ts';
import { sinkWords as words } from '../words/sinks.ts';

type Props = { readonly name: string; readonly isOpen: boolean; readonly onClose: () => void };

export function RemoveSinkSheet(props: Props): ReactNode {
  return (
    <Sheet title={words.removeTitle(props.name)} isOpen={props.isOpen} onClose={props.onClose}>
      <Body {...props} />
    </Sheet>
  );
}

function Body({ name, onClose }: Props): ReactNode {
  const command = useCommand();
  const { say } = useNavigation();
  const remove = async (): Promise<void> => {
    const answer = await command.run('remove-sink', { name });
    if (!answer.ok) return;
    onClose();
    say(words.removed(name));
  };
  return (
    <>
      <p>{words.removeBody}</p>
      <ProblemLine problem={command.problem} />
      <div className="buttons end">
        <Button isDisabled={command.running} onPress={onClose}>
          {common.cancel}
        </Button>
        <Button look="danger" isPending={command.running} onPress={() => void remove()}>
          {words.removeDo}
        </Button>
      </div>
    </>
  );
}
