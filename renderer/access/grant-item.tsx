// One grant: how long it still lives, and everything that can be done with it.
import { ChevronDown, LoaderCircle, TriangleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { GrantCard } from '#shared/contracts/desktop/cards.ts';
import { nowMs } from '../clock.ts';
import { until } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { Chip, Icon, ResourceIcon } from '../parts/card.tsx';
import { Countdown, TimeRing } from '../parts/live-text.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Name } from '../parts/said.tsx';
import { useCommand } from '../parts/use-command.ts';
import { useSeen } from '../parts/use-seen.ts';
import { accessWords as words, grantTrouble } from '../words/access.ts';
import { actionList, purposeName } from '../words/common.ts';
import { emergencyWords } from '../words/emergency.ts';
import { ExtendNow, useExtend } from './extend.tsx';
import { GrantActions } from './grant-actions.tsx';

export function GrantItem(props: {
  readonly grant: GrantCard;
  readonly maxDurationMs: number | null;
  readonly startsOpen: boolean;
  /** Set when somebody asked to see this grant. */
  readonly visit: number | null;
}): ReactNode {
  const { grant } = props;
  const [unfolded, setUnfolded] = useState(props.visit !== null);
  const command = useCommand();
  const extend = useExtend(grant, props.maxDurationMs, command);
  const trouble = grantTrouble(grant);
  const open = props.startsOpen || unfolded || trouble?.bad === true;
  const ref = useSeen<HTMLLIElement>(props.visit);
  return (
    <li ref={ref} tabIndex={-1} className={`card grant ${toneOf(grant)}`} aria-label={grant.resource.name}>
      <div className="row">
        <TimeRing startsAtMs={grant.startsAtMs} endsAtMs={grant.endsAtMs}>
          {isBusy(grant) ? <Icon of={LoaderCircle} className="spin" /> : <ResourceIcon kind={grant.resource.kind} />}
        </TimeRing>
        <div className="grow">
          <div className="title">
            <Name>{grant.resource.name}</Name>
            {grant.breakGlass && <Chip tone="bad">{emergencyWords.chip}</Chip>}
            {grant.heldIn === 'memory' && <Chip tone="warn">{words.memoryOnly}</Chip>}
          </div>
          <div className="quiet">
            <Facts grant={grant} />
            {extend.now !== null && <ExtendNow extend={extend} />}
          </div>
        </div>
        {isLive(grant) && <Countdown endsAtMs={grant.endsAtMs} className="time" />}
        {!props.startsOpen && !isBusy(grant) && trouble?.bad !== true && (
          <Button
            look="icon"
            aria-expanded={open}
            aria-label={words.unfold(grant.resource.name)}
            onPress={() => setUnfolded(!unfolded)}
          >
            <Icon of={ChevronDown} className={open ? 'turned' : ''} />
          </Button>
        )}
      </div>
      {grant.breakGlass && <p className="quiet state-line">{emergencyWords.held}</p>}
      {trouble !== null && <Trouble {...trouble} />}
      {open && <GrantActions grant={grant} extend={extend} command={command} />}
      {grant.clipboardUntilMs !== null && (
        <p className="quiet clip">
          {grant.credentialKind === 'postgres_login' ? words.passwordOnClipboard : words.onClipboard}{' '}
          <Countdown endsAtMs={grant.clipboardUntilMs} className="figures" />
        </p>
      )}
      <ProblemLine problem={command.problem} />
    </li>
  );
}

function Facts(props: { readonly grant: GrantCard }): ReactNode {
  const { grant } = props;
  const facts = [actionList(grant.actions)];
  if (grant.phase === 'ending') facts.push(words.endsSoon);
  else facts.push(purposeName(grant.purpose).toLowerCase());
  if (isLive(grant) && grant.phase !== 'ending') facts.push(words.until(until(grant.endsAtMs, nowMs())));
  if (grant.endsWithOperation) facts.push(words.endsWithUse);
  if (grant.extension?.state === 'waiting') facts.push(words.extensionWaiting);
  if (grant.extension?.state === 'collecting') facts.push(words.extensionCollecting);
  return facts.join(' · ');
}

function Trouble(props: { readonly text: string; readonly bad: boolean }): ReactNode {
  if (!props.bad) return <p className="quiet state-line">{props.text}</p>;
  return (
    <p className="problem">
      <Icon of={TriangleAlert} />
      <span>{props.text}</span>
    </p>
  );
}

function toneOf(grant: GrantCard): string {
  if (grant.phase === 'wipe_failed' || grant.phase === 'missing') return 'tone-bad';
  if (grant.phase === 'ending') return 'tone-warn';
  return isBusy(grant) ? 'tone-idle' : 'tone-ok';
}

const isBusy = (grant: GrantCard): boolean => grant.phase === 'storing' || grant.phase === 'wiping';
const isLive = (grant: GrantCard): boolean =>
  grant.phase === 'active' || grant.phase === 'ending' || grant.phase === 'storing';
