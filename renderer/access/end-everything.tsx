// Ends all grants at once, after one question.
import { useState, type ReactNode } from 'react';
import { useNavigation } from '../navigation.tsx';
import { Button } from '../parts/button.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useCommand } from '../parts/use-command.ts';
import { accessWords as words } from '../words/access.ts';
import { words as common } from '../words/common.ts';

export function EndEverything(props: { readonly grants: number }): ReactNode {
  const [asking, setAsking] = useState(false);
  const command = useCommand();
  const { say } = useNavigation();
  const end = async (): Promise<void> => {
    const answer = await command.run('end-everything', null);
    if (!answer.ok) return;
    setAsking(false);
    say(words.ended(answer.value.ended, answer.value.failed));
  };
  return (
    <>
      <Button look="link" onPress={() => setAsking(true)}>
        {words.endEverything}
      </Button>
      <Sheet title={words.endTitle} isOpen={asking} onClose={() => setAsking(false)}>
        <p>{words.endBody(props.grants)}</p>
        <ProblemLine problem={command.problem} />
        <div className="buttons end">
          <Button onPress={() => setAsking(false)}>{common.cancel}</Button>
          <Button look="danger" autoFocus isPending={command.running} onPress={() => void end()}>
            {words.endEverything}
          </Button>
        </div>
      </Sheet>
    </>
  );
}
