// What policy says, before anything is sent: the outcome, why, who can answer, what would do instead.
import { BadgeCheck, Ban, Clock3, CloudOff, LoaderCircle, PenLine, Siren, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Preview } from '#shared/contracts/desktop/commands.ts';
import { nowMs } from '../clock.ts';
import { length, listAll, until } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { Icon, Notice } from '../parts/card.tsx';
import { fixWords, revokeWords } from '../words/common.ts';
import { approverLine, formWords as words, offerLine, verdictTitle, verdictTone } from '../words/form.ts';
import { emergencyWords } from '../words/emergency.ts';
import { problemWords } from '../words/problems.ts';
import type { PreviewState } from './use-preview.ts';

const ICONS: Readonly<Record<Preview['outcome'], LucideIcon>> = {
  approved: BadgeCheck,
  needs_approval: Clock3,
  needs_confirmation: PenLine,
  denied: Ban,
};

type Props = {
  readonly state: PreviewState;
  readonly isEmergency: boolean;
  readonly onOffer: (durationMs: number) => void;
};

export function Verdict(props: Props): ReactNode {
  const { state } = props;
  return (
    <div aria-live="polite" aria-busy={state.kind === 'asking'} className="verdict">
      <Body {...props} />
    </div>
  );
}

function Body(props: Props): ReactNode {
  const { state, ...rest } = props;
  switch (state.kind) {
    case 'none':
      return null;
    case 'asking':
      // The last answer stays, faded, so that nothing jumps; it is about another wish and offers nothing.
      return state.last === null ? (
        <p className="notice plain quiet">
          <Icon of={LoaderCircle} className="spin" /> {words.asking}
        </p>
      ) : (
        <div className="stale" inert>
          <Told preview={state.last} {...rest} />
        </div>
      );
    case 'told':
      return <Told preview={state.preview} {...rest} />;
    case 'failed': {
      const told = problemWords(state.problem);
      return (
        <Notice tone="bad" icon={CloudOff} title={words.cannotPreview}>
          <p className="quiet">
            {told.title}. {told.detail}
          </p>
        </Notice>
      );
    }
  }
}

function Told(props: Omit<Props, 'state'> & { readonly preview: Preview }): ReactNode {
  const { preview, onOffer, isEmergency } = props;
  const { counterOffer } = preview;
  const isTaken = isEmergency && preview.outcome === 'approved';
  return (
    <Notice
      tone={isTaken ? 'warn' : verdictTone[preview.outcome]}
      icon={isTaken ? Siren : ICONS[preview.outcome]}
      title={isTaken ? emergencyWords.granted : verdictTitle(preview)}
    >
      <Reasons preview={preview} />
      <p className="quiet">{approverLine(preview)}</p>
      {preview.retryAtMs !== null && <p className="quiet">{words.retryAt(until(preview.retryAtMs, nowMs()))}</p>}
      {preview.missingFacts.length > 0 && <p className="quiet">{words.missing(listAll(preview.missingFacts))}</p>}
      {preview.outcome !== 'denied' && <p className="quiet">{revokeWords(preview.revokeClass)}</p>}
      {preview.facts === 'asserted' && preview.outcome !== 'denied' && <p className="quiet">{words.selfAttested}</p>}
      {counterOffer !== null && (
        <div className="offer">
          <span className="quiet">{offerLine(counterOffer)}</span>
          <Button onPress={() => onOffer(counterOffer.durationMs)}>
            {words.takeOffer(length(counterOffer.durationMs))}
          </Button>
        </div>
      )}
    </Notice>
  );
}

function Reasons(props: { readonly preview: Preview }): ReactNode {
  const { preview } = props;
  // What was granted at once needs no excuse.
  if (preview.outcome === 'approved') return null;
  return (
    <ul className="reasons quiet">
      {preview.reasons.map((reason) => (
        <li key={reason.policyId}>
          {reason.title}.{preview.outcome === 'denied' && <> {fixWords(reason.fix)}</>}
        </li>
      ))}
    </ul>
  );
}
