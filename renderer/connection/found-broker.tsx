// The broker that answered: what it calls itself, where it really is, and what using it does. Its name is its own word.
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { BrokerFound } from '#shared/contracts/desktop/connection.ts';
import { useDesktopState } from '../desktop.tsx';
import { useNavigation } from '../navigation.tsx';
import { Button } from '../parts/button.tsx';
import { Icon, Section } from '../parts/card.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Name } from '../parts/said.tsx';
import { useCommand } from '../parts/use-command.ts';
import { hostOf, teamOf } from '../sign-in/standing.ts';
import { words as common } from '../words/common.ts';
import { connectionWords as words, endedLine, leftBehindLine } from '../words/connection.ts';

export function FoundBroker(props: { readonly found: BrokerFound }): ReactNode {
  const { found } = props;
  const state = useDesktopState();
  const { go } = useNavigation();
  const command = useCommand();
  const isInUse = teamOf(state)?.url === found.url;
  const use = async (): Promise<void> => {
    const answer = await command.run('connect', { url: found.url });
    if (answer.ok) go({ go: 'tab', tab: 'access' });
  };
  const left = leftBehindLine(state.requests.length);
  return (
    <Section id="found" title={words.found}>
      <dl className="card about found">
        <div>
          <dt>{words.foundHost}</dt>
          <dd className="host">{hostOf(found.url)}</dd>
        </div>
        <div>
          <dt>{words.foundSignIn}</dt>
          <dd className="host">{found.signInHost}</dd>
        </div>
        <div>
          <dt>{words.foundName}</dt>
          <dd className="two-lines">
            “<Name>{found.name}</Name>”
          </dd>
        </div>
      </dl>
      {isInUse ? (
        <p className="quiet none">{words.sameHost}</p>
      ) : (
        <>
          <div className="notice plain consequences">
            <Icon of={CircleAlert} className="notice-icon" />
            <div className="grow">
              <strong>{words.what}</strong>
              <ul>
                <li>{endedLine(state.grants.map(({ resource }) => resource.name))}</li>
                {left !== null && <li>{left}</li>}
                <li>{words.decides}</li>
                <li>{words.next}</li>
              </ul>
            </div>
          </div>
          <ProblemLine problem={command.problem} />
          <div className="buttons end">
            <Button isDisabled={command.running} onPress={() => go({ go: 'back' })}>
              {common.cancel}
            </Button>
            <Button look="primary" isPending={command.running} onPress={() => void use()}>
              {words.use}
            </Button>
          </div>
        </>
      )}
    </Section>
  );
}
