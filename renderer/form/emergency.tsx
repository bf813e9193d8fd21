// Breaking the glass: access at once, without people, where policy permits that at all. Three deliberate steps: turn the
// form into it, say why, and agree in a sheet whose first button is the way back.
import { Siren } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { CatalogEntry } from '#shared/contracts/desktop/cards.ts';
import { length } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/card.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Name } from '../parts/said.tsx';
import { Sheet } from '../parts/sheet.tsx';
import { words as common } from '../words/common.ts';
import { emergencyWords as words } from '../words/emergency.ts';
import { isReasonEnough } from './draft.ts';
import type { RequestForm } from './use-request-form.ts';

/** Offered where it is possible, and only where asking normally does not help at once. */
export function EmergencyOffer(props: { readonly form: RequestForm; readonly entry: CatalogEntry }): ReactNode {
  const { form, entry } = props;
  const { draft, outcome } = form;
  const isNeeded = outcome === 'needs_approval' || outcome === 'denied';
  if (entry.breakGlassMs === null || draft.breakGlass || draft.extendsGrant !== null || !isNeeded) return null;
  return (
    <div className="emergency-offer">
      <Button look="danger" onPress={() => form.beginEmergency()}>
        <Icon of={Siren} />
        {words.offer}
      </Button>
    </div>
  );
}

/** Above the form while it is one: what it means, and the way back. */
export function EmergencyNotice(props: { readonly form: RequestForm; readonly entry: CatalogEntry }): ReactNode {
  const { form, entry } = props;
  if (!form.draft.breakGlass) return null;
  return (
    <div className="notice emergency" role="status">
      <Icon of={Siren} className="notice-icon" />
      <div className="grow">
        <strong>{words.title}</strong>
        <Consequences mostMs={entry.breakGlassMs ?? 0} />
        <Button onPress={() => form.change({ breakGlass: false })}>{words.back}</Button>
      </div>
    </div>
  );
}

/** The form's button: it opens the question, and takes nothing by itself. */
export function EmergencyFooter(props: { readonly form: RequestForm; readonly entry: CatalogEntry }): ReactNode {
  const { form, entry } = props;
  const [asking, setAsking] = useState(false);
  const { draft } = form;
  return (
    <>
      <Button look="alarm" big isDisabled={!form.canAsk} onPress={() => setAsking(true)}>
        <Icon of={Siren} />
        {isReasonEnough(draft.justification) ? words.take(length(draft.durationMs)) : words.sayWhy}
      </Button>
      <Sheet title={words.sheetTitle} isOpen={asking} onClose={() => setAsking(false)}>
        <p className="sheet-subject">
          <Name>{entry.name}</Name>, {length(draft.durationMs)}
        </p>
        <Consequences mostMs={null} />
        <ProblemLine problem={form.problem} />
        {form.wasDenied && (
          <p role="alert" className="problem">
            {words.denied}
          </p>
        )}
        <div className="buttons end">
          <Button autoFocus isDisabled={form.asking} onPress={() => setAsking(false)}>
            {common.cancel}
          </Button>
          <Button look="alarm" isPending={form.asking} onPress={() => void form.ask()}>
            {words.takeDo}
          </Button>
        </div>
      </Sheet>
    </>
  );
}

function Consequences(props: { readonly mostMs: number | null }): ReactNode {
  return (
    <ul className="consequences-list">
      {words.lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
      {props.mostMs !== null && <li>{words.most(length(props.mostMs))}</li>}
    </ul>
  );
}
