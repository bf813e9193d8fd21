// The request form: what, to do what, why, how long, and what policy says to it before anything is sent.
import { Link as LinkIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { CatalogEntry } from '#shared/contracts/desktop/cards.ts';
import { useDesktopState } from '../desktop.tsx';
import { Button } from '../parts/button.tsx';
import { Notice, ResourceIcon, SensitivityChips } from '../parts/card.tsx';
import { SomeOf } from '../parts/choices.tsx';
import { Field } from '../parts/field.tsx';
import { Name } from '../parts/said.tsx';
import { actionName, capital } from '../words/common.ts';
import { emergencyWords } from '../words/emergency.ts';
import { formWords as words } from '../words/form.ts';
import { isReasonEnough, mostMs } from './draft.ts';
import { EmergencyNotice, EmergencyOffer } from './emergency.tsx';
import { LengthChoice } from './length-choice.tsx';
import { MoreOptions, Ticket } from './more-options.tsx';
import { PurposeChoice } from './purpose-choice.tsx';
import { ResourcePicker } from './resource-picker.tsx';
import type { RequestForm } from './use-request-form.ts';
import { Verdict } from './verdict.tsx';

export function FormScreen(props: { readonly form: RequestForm; readonly fromLink: boolean }): ReactNode {
  const { form } = props;
  const { catalog } = useDesktopState();
  return (
    <div className="stack form">
      {props.fromLink && <Notice tone="accent" icon={LinkIcon} title={words.fromLink} />}
      {form.entry === null ? (
        <ResourcePicker catalog={catalog} onPick={form.pick} />
      ) : (
        <Details form={form} entry={form.entry} />
      )}
    </div>
  );
}

function Details(props: { readonly form: RequestForm; readonly entry: CatalogEntry }): ReactNode {
  const { form, entry } = props;
  const { draft, change } = form;
  const extending = draft.extendsGrant !== null;
  return (
    <>
      <EmergencyNotice form={form} entry={entry} />
      <Chosen entry={entry} onChange={extending ? null : form.unpick} />
      <SomeOf
        label={words.actions}
        value={draft.actions}
        isDisabled={extending}
        choices={entry.actions.map((action) => ({ value: action, label: capital(actionName(action)) }))}
        onChange={(actions) => change({ actions })}
      />
      <PurposeChoice
        key={`${entry.id} purpose ${draft.breakGlass}`}
        value={draft.purpose}
        onChange={(purpose) => change({ purpose })}
      />
      {draft.purpose === 'incident' && <Ticket draft={draft} onChange={change} />}
      <Field
        label={draft.breakGlass ? emergencyWords.why : form.needsPeople ? words.why : words.whyOptional}
        hint={reasonHints(form)}
        rows={2}
        value={draft.justification}
        onChange={(justification) => change({ justification })}
        maxLength={2000}
        // What was chosen is filled in; the reason is what the person still has to say.
        autoFocus
        onKeyDown={(event) => {
          // An emergency is never one stroke away.
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || !form.canAsk || draft.breakGlass) return;
          event.stopPropagation();
          void form.ask();
        }}
      />
      <LengthChoice
        key={`${entry.id} length ${draft.breakGlass}`}
        label={extending ? words.extendBy : words.howLong}
        value={draft.durationMs}
        maxMs={mostMs(draft, entry)}
        onChange={(durationMs) => change({ durationMs })}
      />
      {!extending && !draft.breakGlass && <MoreOptions draft={draft} onChange={change} />}
      <Verdict state={form.preview} isEmergency={draft.breakGlass} onOffer={(durationMs) => change({ durationMs })} />
      <EmergencyOffer form={form} entry={entry} />
    </>
  );
}

function reasonHints({ draft, linkWords, needsPeople }: RequestForm): readonly string[] {
  const isMissing = draft.breakGlass
    ? !isReasonEnough(draft.justification)
    : needsPeople && draft.justification.trim() === '';
  return [
    ...(linkWords ? [words.linkWords] : []),
    ...(isMissing ? [draft.breakGlass ? emergencyWords.whyHint : words.whyHint] : []),
  ];
}

function Chosen(props: { readonly entry: CatalogEntry; readonly onChange: (() => void) | null }): ReactNode {
  const { entry, onChange } = props;
  return (
    <div className="field">
      <span className="label">{words.what}</span>
      <div className="input chosen">
        <ResourceIcon kind={entry.kind} />
        <span className="title grow">
          <Name>{entry.name}</Name>
        </span>
        <SensitivityChips resource={entry} />
        {onChange !== null && (
          <Button look="link" aria-label={words.changeName(entry.name)} onPress={onChange}>
            {words.change}
          </Button>
        )}
      </div>
    </div>
  );
}
