// One thing that was unusual: a sentence, and the owner's answer to it. A finding's answer is on record for good.
import { Check, Flag } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Finding } from '#shared/contracts/desktop/oversight.ts';
import { nowMs } from '../../clock.ts';
import { useDesktopState } from '../../desktop.tsx';
import { useNavigation } from '../../navigation.tsx';
import { Button } from '../../parts/button.tsx';
import { Chip, Icon } from '../../parts/card.tsx';
import { Field } from '../../parts/field.tsx';
import { Ago } from '../../parts/live-text.tsx';
import { ProblemLine } from '../../parts/problem-line.tsx';
import { Said } from '../../parts/said.tsx';
import { useCommand } from '../../parts/use-command.ts';
import { words as common } from '../../words/common.ts';
import { answeredLine, deviationName, findingSentence, reviewWords as words } from '../../words/review.ts';

type Props = { readonly finding: Finding; readonly onAnswered: (finding: Finding) => void };

export function FindingItem(props: Props & { readonly children?: ReactNode }): ReactNode {
  const { finding } = props;
  return (
    <div className="finding">
      {props.children}
      <p className="finding-line">
        <Chip tone={finding.deviation === 'break_glass' ? 'bad' : 'warn'}>{deviationName[finding.deviation]}</Chip>{' '}
        {findingSentence(finding)}
      </p>
      {finding.answer === 'open' ? <Answer {...props} /> : <Answered finding={finding} />}
    </div>
  );
}

function Answered({ finding }: { readonly finding: Finding }): ReactNode {
  return (
    <>
      <p className="quiet answered">
        <Icon of={finding.answer === 'cleared' ? Check : Flag} />
        <span>
          <bdi>{answeredLine(finding)}</bdi>
          {finding.answeredAtMs !== null && (
            <>
              {' · '}
              <Ago atMs={finding.answeredAtMs} />
            </>
          )}
        </span>
      </p>
      {finding.note !== null && finding.note !== '' && <Said text={finding.note} />}
    </>
  );
}

function Answer({ finding, onAnswered }: Props): ReactNode {
  const [giving, setGiving] = useState<'cleared' | 'follow_up' | null>(null);
  if (!finding.mine) return <p className="hint">{words.notMine}</p>;
  if (giving !== null)
    return <Note finding={finding} answer={giving} onAnswered={onAnswered} onCancel={() => setGiving(null)} />;
  return (
    <div className="buttons">
      <Button onPress={() => setGiving('cleared')}>{words.clear}</Button>
      <Button onPress={() => setGiving('follow_up')}>{words.followUp}</Button>
    </div>
  );
}

function Note(props: Props & { readonly answer: 'cleared' | 'follow_up'; readonly onCancel: () => void }): ReactNode {
  const { finding, answer } = props;
  const { me } = useDesktopState();
  const { say } = useNavigation();
  const [note, setNote] = useState('');
  const command = useCommand();
  const send = async (): Promise<void> => {
    const sent = { findingId: finding.findingId, answer, note: note.trim() };
    const answered = await command.run('answer-finding', sent);
    if (!answered.ok) return;
    const told = { ...finding, answer, answeredBy: me?.name ?? null, answeredAtMs: nowMs(), note: sent.note };
    say(answeredLine(told));
    props.onAnswered(told);
  };
  return (
    <>
      <Field
        label={answer === 'cleared' ? words.clearNote : words.followNote}
        rows={2}
        autoFocus
        value={note}
        onChange={setNote}
        maxLength={1000}
      />
      <ProblemLine problem={command.problem} />
      <div className="buttons end">
        <Button isDisabled={command.running} onPress={props.onCancel}>
          {common.cancel}
        </Button>
        <Button
          look="primary"
          isPending={command.running}
          isDisabled={answer === 'follow_up' && note.trim() === ''}
          onPress={() => void send()}
        >
          {answer === 'cleared' ? words.clear : words.followUp}
        </Button>
      </div>
    </>
  );
}
