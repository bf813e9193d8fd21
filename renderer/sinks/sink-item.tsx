// One place that the log goes to besides the broker: how it stands, why not, and what can be done.
import { Ellipsis, FileText, Lock, Waypoints, Webhook, type LucideIcon } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { SinkCard, SinkTested } from '#shared/contracts/desktop/sinks.ts';
import type { SinkKind } from '#shared/contracts/sinks.ts';
import { useNavigation } from '../navigation.tsx';
import { ActionMenu } from '../parts/action-menu.tsx';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/card.tsx';
import { Ago, Since } from '../parts/live-text.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { useCommand, type Command } from '../parts/use-command.ts';
import {
  deadWords,
  kindName,
  sinkStanding,
  sinkWords as words,
  testedWords,
  todoWords,
  waitingWords,
  wantsSecret,
  whyWords,
} from '../words/sinks.ts';
import { NewSecretSheet } from './new-secret-sheet.tsx';
import { PlaceHead } from './place-head.tsx';
import { RemoveSinkSheet } from './remove-sink-sheet.tsx';

const ICONS: Readonly<Record<SinkKind, LucideIcon>> = { otlp: Waypoints, webhook: Webhook, file: FileText };

export function SinkItem(props: { readonly sink: SinkCard }): ReactNode {
  const { sink } = props;
  const [sheet, setSheet] = useState<'remove' | 'secret' | null>(null);
  const close = (): void => setSheet(null);
  return (
    <li className="place">
      <PlaceHead
        icon={ICONS[sink.kind]}
        name={sink.name}
        kind={kindName(sink.kind)}
        target={sink.target}
        standing={sinkStanding(sink)}
        menu={!sink.managed && <More sink={sink} onAction={setSheet} />}
      />
      <div className="place-body">
        <StateLine sink={sink} />
        {sink.managed && (
          <p className="hint managed">
            <Icon of={Lock} /> {words.managed}
          </p>
        )}
        <Doings sink={sink} onSecret={() => setSheet('secret')} />
      </div>
      <RemoveSinkSheet name={sink.name} isOpen={sheet === 'remove'} onClose={close} />
      <NewSecretSheet sink={sink} isOpen={sheet === 'secret'} onClose={close} />
    </li>
  );
}

function More(props: { readonly sink: SinkCard; readonly onAction: (what: 'remove' | 'secret') => void }): ReactNode {
  const { sink } = props;
  const entries = [
    ...(sink.hasSecret ? [{ id: 'secret', label: words.newSecret }] : []),
    { id: 'remove', label: words.remove },
  ];
  return (
    <ActionMenu
      look="icon"
      name={words.more(sink.name)}
      label={<Icon of={Ellipsis} />}
      entries={entries}
      onAction={(id) => props.onAction(id === 'remove' ? 'remove' : 'secret')}
    />
  );
}

function StateLine({ sink }: { readonly sink: SinkCard }): ReactNode {
  const { state, deliveredAtMs, needsLook } = sink;
  if (state.kind === 'stuck') {
    return (
      <p className={needsLook ? 'place-why bad' : 'place-why'}>
        Stuck for <Since atMs={state.sinceMs} />: {whyWords(state.code).why}. {todoWords(sink, state.code)}{' '}
        {waitingWords(state.records)}
      </p>
    );
  }
  if (state.kind === 'behind' && deliveredAtMs === null) return <p className="quiet">{words.sendingFirst}</p>;
  return (
    <p className="quiet">
      {state.kind === 'behind' ? words.sending : deliveredAtMs === null ? words.nothingYet : words.allTaken}
      {deliveredAtMs !== null && (
        <>
          {' '}
          <Ago atMs={deliveredAtMs} />
        </>
      )}
    </p>
  );
}

/** What can be done now, and what came of it. */
function Doings(props: { readonly sink: SinkCard; readonly onSecret: () => void }): ReactNode {
  const { sink } = props;
  const { name, state, deadLetters } = sink;
  const test = useCommand();
  const others = useCommand();
  const [tested, setTested] = useState<SinkTested | null>(null);
  const sendTest = async (): Promise<void> => {
    setTested(null);
    const answer = await test.run('test-sink', { name });
    if (answer.ok) setTested(answer.value);
  };
  return (
    <>
      {deadLetters > 0 && <DeadLetters sink={sink} command={others} />}
      <div className="buttons">
        {wantsSecret(sink) && <Button onPress={props.onSecret}>{words.newSecret}</Button>}
        {state.kind === 'stuck' && !wantsSecret(sink) && (
          <Button isPending={others.running} onPress={() => void others.run('retry-sinks', null)}>
            {words.tryNow}
          </Button>
        )}
        <Button isPending={test.running} onPress={() => void sendTest()}>
          {words.test}
        </Button>
      </div>
      <p role="status" className={tested?.result === 'failed' ? 'place-told bad' : 'place-told'}>
        {tested !== null && testedWords(sink, tested)}
      </p>
      <ProblemLine problem={test.problem ?? others.problem} />
    </>
  );
}

function DeadLetters(props: { readonly sink: SinkCard; readonly command: Command }): ReactNode {
  const { sink, command } = props;
  const { say } = useNavigation();
  const again = async (): Promise<void> => {
    const answer = await command.run('resend-sink', { name: sink.name });
    if (answer.ok) say(words.resent(answer.value.records));
  };
  return (
    <div className="place-dead">
      <p className="place-why">{deadWords(sink.deadLetters)}</p>
      <Button isPending={command.running} onPress={() => void again()}>
        {words.again}
      </Button>
    </div>
  );
}
