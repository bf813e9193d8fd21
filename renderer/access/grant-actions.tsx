// The buttons of a grant: copy, extend, done; retry where a wipe failed; ask again where the keychain lost the token.
import { Copy } from 'lucide-react';
import type { ReactNode } from 'react';
import type { GrantCard, SnippetKind } from '#shared/contracts/desktop/cards.ts';
import { useNavigation } from '../navigation.tsx';
import { ActionMenu } from '../parts/action-menu.tsx';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/card.tsx';
import type { Command } from '../parts/use-command.ts';
import { accessWords as words, snippetName } from '../words/access.ts';
import { words as common } from '../words/common.ts';
import { ExtendMenu, type Extend } from './extend.tsx';

export function GrantActions(props: {
  readonly grant: GrantCard;
  readonly extend: Extend;
  readonly command: Command;
}): ReactNode {
  const { grant, command } = props;
  const { go } = useNavigation();
  const { grantId } = grant;
  switch (grant.phase) {
    case 'storing':
    case 'wiping':
      return null;
    case 'wipe_failed':
      return (
        <div className="buttons">
          <Button isPending={command.running} onPress={() => void command.run('retry-wipe', { grantId })}>
            {common.tryAgain}
          </Button>
        </div>
      );
    case 'missing':
      return (
        <div className="buttons">
          <Button look="primary" onPress={() => go({ go: 'form', prefill: prefillOf(grant) })}>
            {words.askAgain}
          </Button>
          <Done grant={grant} command={command} />
        </div>
      );
    case 'active':
    case 'ending':
      return <LiveActions {...props} />;
  }
}

function LiveActions(props: {
  readonly grant: GrantCard;
  readonly extend: Extend;
  readonly command: Command;
}): ReactNode {
  const { grant, command } = props;
  const { grantId } = grant;
  const { say } = useNavigation();
  const copySnippet = async (kind: SnippetKind): Promise<void> => {
    const answer = await command.run('copy-snippet', { grantId, kind });
    if (answer.ok) say(words.copied);
  };
  return (
    <div className="buttons" role="group" aria-label={words.actionsOf(grant.resource.name)}>
      <Button look="primary" isPending={command.running} onPress={() => void command.run('copy-token', { grantId })}>
        <Icon of={Copy} />
        {grant.credentialKind === 'postgres_login' ? words.copyPassword : words.copyToken}
      </Button>
      {grant.snippets.length > 0 && (
        <ActionMenu
          label={words.copyAs}
          entries={grant.snippets.map((kind) => ({ id: kind, label: snippetName[kind] }))}
          note={words.copyAsNote}
          onAction={(kind) => void copySnippet(kind as SnippetKind)}
        />
      )}
      <ExtendMenu grant={grant} extend={props.extend} />
      <Done grant={grant} command={command} />
    </div>
  );
}

function Done(props: { readonly grant: GrantCard; readonly command: Command }): ReactNode {
  const { grant, command } = props;
  return (
    <Button
      look="danger"
      aria-label={words.doneName(grant.resource.name)}
      isDisabled={command.running}
      onPress={() => void command.run('done', { grantId: grant.grantId })}
    >
      {words.done}
    </Button>
  );
}

function prefillOf(grant: GrantCard): {
  resource: string;
  actions: string[];
  purpose: string;
  durationMs: null;
  justification: null;
} {
  return {
    resource: grant.resource.id,
    actions: grant.actions,
    purpose: grant.purpose,
    durationMs: null,
    justification: null,
  };
}
