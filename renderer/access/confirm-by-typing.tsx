// Solo use: the requester types the resource's id. It is recorded as their own confirmation, never as an approval.
import { useState, type ReactNode } from 'react';
import type { RequestCard } from '#shared/contracts/desktop/cards.ts';
import { Button } from '../parts/button.tsx';
import { Field } from '../parts/field.tsx';
import type { Command } from '../parts/use-command.ts';
import { accessWords as words } from '../words/access.ts';

export function ConfirmByTyping(props: {
  readonly request: RequestCard;
  readonly command: Command;
  /** What else may be pressed. */
  readonly children: ReactNode;
}): ReactNode {
  const { request, command } = props;
  const [typed, setTyped] = useState('');
  const confirm = (): void => {
    void command.run('confirm', { requestId: request.requestId, scopeHash: request.scopeHash, typed });
  };
  return (
    <form
      className="confirm"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed !== '') confirm();
      }}
    >
      <Field
        label={words.typeToConfirm(request.resource.id)}
        value={typed}
        onChange={setTyped}
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
      />
      <div className="buttons">
        <Button type="submit" look="primary" isPending={command.running} isDisabled={typed === ''}>
          {words.confirm}
        </Button>
        {props.children}
      </div>
    </form>
  );
}
