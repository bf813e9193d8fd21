// Changes the key that names this computer, after saying what that means.
import { useState, type ReactNode } from 'react';
import { Button } from '../parts/button.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useCommand } from '../parts/use-command.ts';
import { words as common } from '../words/common.ts';
import { historyWords as words } from '../words/history.ts';

export function ChangeKey(): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const close = (): void => setOpen(false);
  return (
    <>
      <Button onPress={() => setOpen(true)}>{words.changeKey}</Button>
      <Sheet title={words.changeKeyTitle} isOpen={isOpen} onClose={close}>
        <Body onClose={close} />
      </Sheet>
    </>
  );
}

function Body({ onClose }: { readonly onClose: () => void }): ReactNode {
  const command = useCommand();
  const [done, setDone] = useState(false);
  const change = async (): Promise<void> => {
    const answer = await command.run('change-device-key', null);
    if (answer.ok) setDone(true);
  };
  return (
    <>
      <p role="status">{done ? words.keyChanged : words.changeKeyBody}</p>
      <ProblemLine problem={command.problem} />
      <div className="buttons end">
        <Button isDisabled={command.running} onPress={onClose}>
          {done ? common.close : common.cancel}
        </Button>
        {!done && (
          <Button look="primary" isPending={command.running} onPress={() => void change()}>
            {words.changeKey}
          </Button>
        )}
      </div>
    </>
  );
}
