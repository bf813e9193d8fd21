// What few requests need: a later start, an end with the first use, a ticket.
import { ChevronDown } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';
import { nowMs } from '../clock.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/card.tsx';
import { Field } from '../parts/field.tsx';
import { Toggle } from '../parts/toggle.tsx';
import { formWords as words } from '../words/form.ts';
import type { Draft } from './draft.ts';

export function MoreOptions(props: {
  readonly draft: Draft;
  readonly onChange: (change: Partial<Draft>) => void;
}): ReactNode {
  const { draft, onChange } = props;
  const [isOpen, setIsOpen] = useState(false);
  const panelId = useId();
  return (
    <div className="disclosure" data-expanded={isOpen || undefined}>
      <Button look="link" aria-expanded={isOpen} aria-controls={panelId} onPress={() => setIsOpen(!isOpen)}>
        <Icon of={ChevronDown} className="chevron" />
        {words.options}
      </Button>
      {/* Hidden, not gone: what was filled in stays. */}
      <div id={panelId} hidden={!isOpen}>
        <StartAt onChange={(startAtMs) => onChange({ startAtMs })} startAtMs={draft.startAtMs} />
        <Toggle
          label={words.endsWithUse}
          hint={words.endsWithUseHint}
          value={draft.endsWithOperation}
          onChange={(endsWithOperation) => onChange({ endsWithOperation })}
        />
        <Ticket draft={draft} onChange={onChange} />
      </div>
    </div>
  );
}

export function Ticket(props: {
  readonly draft: Draft;
  readonly onChange: (change: Partial<Draft>) => void;
}): ReactNode {
  return (
    <Field
      label={props.draft.purpose === 'incident' ? words.ticket : words.ticketOptional}
      value={props.draft.ticket}
      maxLength={120}
      onChange={(ticket) => props.onChange({ ticket })}
    />
  );
}

function StartAt(props: {
  readonly startAtMs: number | null;
  readonly onChange: (startAtMs: number | null) => void;
}): ReactNode {
  // The browser's own field: it writes and reads the moment as the person's locale does.
  const [typed, setTyped] = useState('');
  const passed = props.startAtMs !== null && props.startAtMs <= nowMs();
  return (
    <Field
      label={words.startAt}
      hint={passed && words.startPast}
      type="datetime-local"
      value={typed}
      onChange={(text) => {
        setTyped(text);
        const at = text === '' ? Number.NaN : new Date(text).getTime();
        props.onChange(Number.isNaN(at) ? null : at);
      }}
    />
  );
}
