// Gives a sink another secret; where it has come to stays.
import { useState, type ReactNode } from 'react';
import type { SinkCard } from '#shared/contracts/desktop/sinks.ts';
import { useNavigation } from '../navigation.tsx';
import { Button } from '../parts/button.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useCommand } from '../parts/use-command.ts';
import { words as common } from '../words/common.ts';
import { sinkWords as words } from '../words/sinks.ts';
import { SecretField } from './secret-field.tsx';
import { secretFault } from './sink-draft.ts';

type Props = { readonly sink: SinkCard; readonly isOpen: boolean; readonly onClose: () => void };

export function NewSecretSheet(props: Props): ReactNode {
  return (
    <Sheet title={words.newSecretTitle(props.sink.name)} isOpen={props.isOpen} onClose={props.onClose}>
      <Body {...props} />
    </Sheet>
  );
}

function Body({ sink, onClose }: Props): ReactNode {
  const [secret, setSecret] = useState('');
  const [asked, setAsked] = useState(false);
  const command = useCommand();
  const { say } = useNavigation();
  const isHeader = sink.kind === 'otlp';
  const fault = secret === '' ? words.secretEmpty : secretFault(sink.kind, secret);
  const use = async (): Promise<void> => {
    setAsked(true);
    if (fault !== null) return;
    const answer = await command.run('set-sink-secret', { name: sink.name, secret });
    if (!answer.ok) return;
    onClose();
    say(words.secretChanged(sink.name));
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void use();
      }}
    >
      <SecretField
        label={isHeader ? words.headerValueOf : words.secret}
        hint={isHeader ? words.headerValueHint : words.secretHint}
        value={secret}
        fault={asked ? fault : null}
        autoFocus
        isDisabled={command.running}
        onChange={setSecret}
      />
      <ProblemLine problem={command.problem} />
      <div className="buttons end">
        <Button isDisabled={command.running} onPress={onClose}>
          {common.cancel}
        </Button>
        <Button type="submit" look="primary" isPending={command.running}>
          {words.newSecretDo}
        </Button>
      </div>
    </form>
  );
}
