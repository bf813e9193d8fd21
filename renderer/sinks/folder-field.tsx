// The folder of a file sink: chosen in the system's own window, so that this one cannot name a place by itself.
import { useId, type ReactNode } from 'react';
import { Button } from '../parts/button.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { useCommand } from '../parts/use-command.ts';
import { sinkWords as words } from '../words/sinks.ts';

export function FolderField(props: {
  readonly name: string;
  readonly folder: string | null;
  readonly fault: string | null;
  readonly isDisabled: boolean;
  readonly onChange: (folder: string) => void;
}): ReactNode {
  const { folder, fault } = props;
  const id = useId();
  const command = useCommand();
  const choose = async (): Promise<void> => {
    const answer = await command.run('choose-sink-folder', null);
    if (answer.ok && answer.value.folder !== null) props.onChange(answer.value.folder);
  };
  return (
    <div className="field" role="group" aria-labelledby={`${id}-label`}>
      <span id={`${id}-label`} className="label">
        {words.folder}
      </span>
      <div className="row folder-row">
        <span className={folder === null ? 'grow quiet' : 'grow wrap'} role="status">
          <bdi>{folder ?? words.folderNone}</bdi>
        </span>
        <Button isDisabled={props.isDisabled} isPending={command.running} onPress={() => void choose()}>
          {words.folderChoose}
        </Button>
      </div>
      {fault === null ? (
        <p className="hint">{words.folderHint(props.name)}</p>
      ) : (
        <p className="field-error" role="alert">
          {fault}
        </p>
      )}
      <ProblemLine problem={command.problem} />
    </div>
  );
}
