// Connecting to a team: an address, what answers there, what it would end, and only then the one button that does it.
// A link only fills in the address: nothing is looked up or sent before the person presses something.
import { Link as LinkIcon, Lock } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { BROKER_URL } from '#shared/contracts/desktop/broker-url.ts';
import type { BrokerFound } from '#shared/contracts/desktop/connection.ts';
import { useDesktopState } from '../desktop.tsx';
import { Button } from '../parts/button.tsx';
import { Notice } from '../parts/card.tsx';
import { Field } from '../parts/field.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { useCommand } from '../parts/use-command.ts';
import { teamOf } from '../sign-in/standing.ts';
import { connectionWords as words } from '../words/connection.ts';
import { FoundBroker } from './found-broker.tsx';

export function ConnectScreen(props: { readonly url: string | null }): ReactNode {
  const isManaged = teamOf(useDesktopState())?.managed === true;
  if (isManaged) {
    return (
      <div className="stack form">
        <Notice tone="plain" icon={Lock} title={words.managedTitle}>
          <p className="quiet">{words.managedBody}</p>
        </Notice>
      </div>
    );
  }
  return (
    <div className="stack form">
      {props.url !== null && (
        <Notice tone="warn" icon={LinkIcon} title={words.fromLinkTitle}>
          <p className="quiet">{words.fromLinkBody}</p>
        </Notice>
      )}
      <Finder url={props.url ?? ''} />
    </div>
  );
}

function Finder(props: { readonly url: string }): ReactNode {
  const [typed, setTyped] = useState(props.url);
  const [wrong, setWrong] = useState(false);
  const [found, setFound] = useState<BrokerFound | null>(null);
  const command = useCommand();
  const change = (text: string): void => {
    setTyped(text);
    setWrong(false);
    setFound(null);
  };
  const look = async (): Promise<void> => {
    const url = addressOf(typed);
    if (url === null) return setWrong(true);
    const answer = await command.run('find-broker', { url });
    if (answer.ok) setFound(answer.value);
  };
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void look();
        }}
      >
        <Field
          label={words.address}
          hint={words.addressHint}
          fault={wrong ? words.addressWrong : null}
          look="address"
          value={typed}
          onChange={change}
          disabled={command.running}
          autoFocus={props.url === ''}
          autoComplete="off"
          spellCheck={false}
          inputMode="url"
          maxLength={200}
          placeholder="https://"
        />
        <div className="buttons">
          <Button
            type="submit"
            look={found === null ? 'primary' : 'plain'}
            isPending={command.running}
            isDisabled={typed.trim() === ''}
          >
            {command.running ? words.looking : found === null ? words.look : words.lookAgain}
          </Button>
        </div>
      </form>
      <ProblemLine problem={command.problem} />
      <div aria-live="polite">{found !== null && <FoundBroker found={found} />}</div>
    </>
  );
}

/** The address as the contract takes it: a bare host is meant as https. Null where it is none. */
function addressOf(typed: string): string | null {
  const text = typed.trim();
  const url = text.includes('://') ? text : `https://${text}`;
  return BROKER_URL.test(url) && url.length <= 200 ? url : null;
}
