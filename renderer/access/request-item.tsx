// One request: who can answer, who has, what the person can do next. Words of others stand last.
import { LoaderCircle } from 'lucide-react';
import type { ReactNode } from 'react';
import type { RequestCard } from '#shared/contracts/desktop/cards.ts';
import { nowMs } from '../clock.ts';
import { length, until } from '../format.ts';
import { useNavigation } from '../navigation.tsx';
import { Button } from '../parts/button.tsx';
import { Chip, Icon, ResourceIcon, SensitivityChips, WaitIcon } from '../parts/card.tsx';
import { Ring } from '../parts/live-text.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Name, Said } from '../parts/said.tsx';
import { useCommand, type Command } from '../parts/use-command.ts';
import {
  accessWords as words,
  closedLine,
  narrowedWords,
  reasonLines,
  rejection,
  waitingLine,
} from '../words/access.ts';
import { actionList, words as common } from '../words/common.ts';
import { emergencyWords } from '../words/emergency.ts';
import { Answerers } from './answerers.tsx';
import { ConfirmByTyping } from './confirm-by-typing.tsx';
import { Nudge } from './nudge.tsx';

export function RequestItem(props: { readonly request: RequestCard }): ReactNode {
  const { request } = props;
  const command = useCommand();
  const said = rejection(request);
  return (
    <li className={`card request ${toneOf(request)}`} aria-label={request.resource.name}>
      <div className="row">
        <Ring part={partOf(request)}>
          <PhaseIcon request={request} />
        </Ring>
        <div className="grow">
          <div className="title">
            <Name>{request.resource.name}</Name>
            {request.breakGlass && <Chip tone="bad">{emergencyWords.chip}</Chip>}
            <SensitivityChips resource={request.resource} quiet />
          </div>
          <div className="quiet few-lines">{lineOf(request)}</div>
        </div>
        {(request.phase === 'scheduled' || (request.phase === 'waiting' && request.nudgeAtMs === null)) && (
          <Withdraw request={request} command={command} />
        )}
      </div>
      {request.phase === 'waiting' && <Answerers request={request} />}
      {said !== null && said !== '' && <Said text={said} />}
      {(request.phase === 'denied' || request.phase === 'waiting') && request.reasons.length > 0 && (
        <ul className="reasons quiet">
          {reasonLines(request).map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {request.phase === 'confirm' && (
        <ConfirmByTyping request={request} command={command}>
          <Withdraw request={request} command={command} />
        </ConfirmByTyping>
      )}
      <Buttons request={request} command={command} />
      <ProblemLine problem={command.problem} />
    </li>
  );
}

function Buttons(props: { readonly request: RequestCard; readonly command: Command }): ReactNode {
  const { request, command } = props;
  const { requestId } = request;
  const start = (label: string): ReactNode => (
    <Button look="primary" isPending={command.running} onPress={() => void command.run('start', { requestId })}>
      {label}
    </Button>
  );
  const withdraw = <Withdraw request={request} command={command} />;
  switch (request.phase) {
    case 'waiting':
      return request.nudgeAtMs === null ? null : (
        <Nudge request={request} atMs={request.nudgeAtMs} command={command}>
          {withdraw}
        </Nudge>
      );
    case 'collecting':
    case 'scheduled':
    // Its form has the buttons.
    case 'confirm':
      return null;
    case 'ready':
      return (
        <div className="buttons">
          {start(words.startNow)}
          {withdraw}
        </div>
      );
    case 'interrupted':
      return (
        <div className="buttons">
          {start(common.tryAgain)}
          {withdraw}
        </div>
      );
    case 'rejected':
    case 'denied':
    case 'lapsed':
    case 'revoked':
    case 'withdrawn':
      return <ClosedButtons request={request} command={command} />;
  }
}

function Withdraw(props: { readonly request: RequestCard; readonly command: Command }): ReactNode {
  const { requestId, resource } = props.request;
  return (
    <Button
      look="danger"
      aria-label={words.withdrawName(resource.name)}
      isDisabled={props.command.running}
      onPress={() => void props.command.run('withdraw', { requestId })}
    >
      {words.withdraw}
    </Button>
  );
}

function ClosedButtons(props: { readonly request: RequestCard; readonly command: Command }): ReactNode {
  const { request, command } = props;
  const { go } = useNavigation();
  const prefill = {
    resource: request.resource.id,
    actions: request.actions,
    purpose: request.purpose,
    durationMs: request.askedDurationMs,
    justification: null,
  };
  return (
    <div className="buttons">
      <Button onPress={() => go({ go: 'form', prefill })}>{words.askAgain}</Button>
      <Button
        isDisabled={command.running}
        onPress={() => void command.run('dismiss-request', { requestId: request.requestId })}
      >
        {words.dismiss}
      </Button>
    </div>
  );
}

function PhaseIcon(props: { readonly request: RequestCard }): ReactNode {
  const { phase, resource } = props.request;
  if (phase === 'collecting') return <Icon of={LoaderCircle} className="spin" />;
  return phase === 'waiting' || phase === 'scheduled' ? <WaitIcon /> : <ResourceIcon kind={resource.kind} />;
}

function lineOf(request: RequestCard): string {
  const what = [actionList(request.actions), length(request.durationMs)];
  if (request.narrowed) what.push(...narrowedWords(request));
  switch (request.phase) {
    case 'waiting':
      return [waitingLine(request), ...what].join(' · ');
    case 'confirm':
      return what.join(' · ');
    case 'scheduled':
      return [...what, `starts ${until(request.startAtMs ?? 0, nowMs())}`].join(' · ');
    case 'ready':
      return `Ready · ${what.join(' · ')} · the clock starts when you start it`;
    case 'collecting':
      return 'Checking out…';
    case 'interrupted':
    case 'rejected':
    case 'denied':
    case 'lapsed':
    case 'revoked':
    case 'withdrawn':
      return closedLine(request);
  }
}

function partOf(request: RequestCard): number {
  if (request.phase === 'ready' || request.phase === 'interrupted') return 1;
  if (request.phase !== 'waiting' || request.neededApprovals === 0) return 0;
  const approved = request.answers.filter((answer) => answer.answer === 'approve').length;
  return Math.min(1, approved / request.neededApprovals);
}

function toneOf(request: RequestCard): string {
  switch (request.phase) {
    case 'ready':
      return 'tone-ok';
    case 'confirm':
    case 'interrupted':
      return 'tone-warn';
    case 'rejected':
    case 'denied':
    case 'revoked':
      return 'tone-bad';
    case 'waiting':
    case 'scheduled':
    case 'collecting':
    case 'lapsed':
    case 'withdrawn':
      return 'tone-idle';
  }
}
