// One more place for the log: three kinds, each with its few fields, and what is sent said before it is.
import { useState, type ReactNode } from 'react';
import type { SinkKind } from '#shared/contracts/sinks.ts';
import { useDesktopState } from '../desktop.tsx';
import { useNavigation } from '../navigation.tsx';
import { Button } from '../parts/button.tsx';
import { OneOf } from '../parts/choices.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { useCommand } from '../parts/use-command.ts';
import { words as common } from '../words/common.ts';
import { kindName, sinkWords as words } from '../words/sinks.ts';
import { SinkFields } from './sink-fields.tsx';
import { emptySinkDraft, faultsOf, newSinkOf, withKind, type SinkField } from './sink-draft.ts';

type Props = { readonly isOpen: boolean; readonly onClose: () => void };

const KINDS: readonly SinkKind[] = ['otlp', 'webhook', 'file'];

export function AddSinkSheet(props: Props): ReactNode {
  return (
    <Sheet title={words.addTitle} isOpen={props.isOpen} onClose={props.onClose}>
      <Body {...props} />
    </Sheet>
  );
}

function Body({ onClose }: Props): ReactNode {
  const taken = useDesktopState().sinks.map(({ name }) => name);
  const [draft, setDraft] = useState(() => emptySinkDraft('otlp', taken));
  // A field says what is wrong once the person has left it, or wanted to go on.
  const [left, setLeft] = useState<ReadonlySet<SinkField> | 'all'>(new Set());
  const command = useCommand();
  const { say } = useNavigation();
  const faults = faultsOf(draft, taken);
  const shown = (field: SinkField): string | null =>
    left === 'all' || left.has(field) ? (faults[field] ?? null) : null;
  const add = async (): Promise<void> => {
    setLeft('all');
    if (Object.keys(faults).length > 0) return;
    const answer = await command.run('add-sink', newSinkOf(draft));
    if (!answer.ok) return;
    onClose();
    say(words.added(draft.name));
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <OneOf
        label={words.kind}
        hideLabel
        value={draft.kind}
        choices={KINDS.map((kind) => ({ value: kind, label: kindName(kind) }))}
        isDisabled={command.running}
        onChange={(kind) => {
          setDraft(withKind(draft, kind as SinkKind, taken));
          setLeft(new Set());
        }}
      />
      <p className="hint">{words.kindHints[draft.kind]}</p>
      <SinkFields
        key={draft.kind}
        draft={draft}
        fault={shown}
        isDisabled={command.running}
        onChange={(change) => setDraft({ ...draft, ...change })}
        onLeft={(field) => setLeft(left === 'all' ? left : new Set([...left, field]))}
      />
      <div className="notice plain what-is-sent">
        <div className="grow">
          <strong>{words.sent}</strong>
          <p className="quiet">{words.sentBody}</p>
        </div>
      </div>
      <ProblemLine problem={command.problem} />
      <div className="buttons end">
        <Button isDisabled={command.running} onPress={onClose}>
          {common.cancel}
        </Button>
        <Button type="submit" look="primary" isPending={command.running}>
          {words.addDo}
        </Button>
      </div>
    </form>
  );
}
