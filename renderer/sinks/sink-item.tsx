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
import { useCommand } from '../parts/use-command.ts';
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
      />
      <div className="place-body">
        <StateLine sink={sink} />
        {sink.managed && (
          <p className="hint managed">
            <Icon of={Lock} /> {words.managed}
          </p>
        )}
        <Doings sink={sink} onAsk={setSheet} />
      </div>
      <RemoveSinkSheet name={sink.name} isOpen={sheet === 'remove'} onClose={close} />
      <NewSecretSheet sink={sink} isOpen={sheet === 'secret'} onClose={close} />
    </li>
  );
}

function More(props: { readonly sink: SinkCard; readonly onAsk: Asking }): ReactNode {
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
      onAction={(id) => props.onAsk(id === 'remove' ? 'remove' : 'secret')}
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
  if (deliveredAtMs === null)
    return <p className="quiet">{state.kind === 'behind' ? words.sendingFirst : words.nothingYet}</p>;
  return (
    <p className="quiet">
      {state.kind === 'behind' ? `${words.sending} ` : `${words.allTaken} · `}
      <Ago atMs={deliveredAtMs} />
    </p>
  );
}

type Asking = (what: 'remove' | 'secret') => void;

/** What can be done now, and what came of it. */
function Doings(props: { readonly sink: SinkCard; readonly onAsk: Asking }): ReactNode {
  const { sink, onAsk } = props;
  const { name, state, deadLetters } = sink;
  const test = useCommand();
  const others = useCommand();
  const { say } = useNavigation();
  const [tested, setTested] = useState<SinkTested | null>(null);
  const sendTest = async (): Promise<void> => {
    setTested(null);
    const answer = await test.run('test-sink', { name });
    if (answer.ok) setTested(answer.value);
  };
  const sendAgain = async (): Promise<void> => {
    const answer = await others.run('resend-sink', { name });
    if (answer.ok) say(words.resent(answer.value.records));
  };
  return (
    <>
      {deadLetters > 0 && <p className="place-why">{deadWords(deadLetters)}</p>}
      <div className="buttons">
        {wantsSecret(sink) && <Button onPress={() => onAsk('secret')}>{words.newSecret}</Button>}
        {state.kind === 'stuck' && !wantsSecret(sink) && (
          <Button isPending={others.running} onPress={() => void others.run('retry-sinks', null)}>
            {words.tryNow}
          </Button>
        )}
        {deadLetters > 0 && (
          <Button isPending={others.running} onPress={() => void sendAgain()}>
            {words.again}
          </Button>
        )}
        <Button isPending={test.running} onPress={() => void sendTest()}>
          {words.test}
        </Button>
        {!sink.managed && <More sink={sink} onAsk={onAsk} />}
      </div>
      <p role="status" className={tested?.result === 'failed' ? 'place-told bad' : 'place-told'}>
        {tested !== null && testedWords(sink, tested)}
      </p>
      <ProblemLine problem={test.problem ?? others.problem} />
    </>
  );
}
