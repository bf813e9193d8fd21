// What few requests need: a later start, an end with the first use, a ticket.
import { ChevronDown } from 'lucide-react';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextField } from 'react-aria-components/TextField';
import { useId, useState, type ReactNode } from 'react';
import { nowMs } from '../clock.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/card.tsx';
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
    <TextField className="field" value={props.draft.ticket} onChange={(ticket) => props.onChange({ ticket })}>
      <Label className="label">{props.draft.purpose === 'incident' ? words.ticket : words.ticketOptional}</Label>
      <Input className="input" maxLength={120} />
    </TextField>
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
    <TextField
      className="field"
      type="datetime-local"
      value={typed}
      onChange={(text) => {
        setTyped(text);
        const at = text === '' ? Number.NaN : new Date(text).getTime();
        props.onChange(Number.isNaN(at) ? null : at);
      }}
    >
      <Label className="label">{words.startAt}</Label>
      <Input className="input" />
      {passed && (
        <Text slot="description" className="hint">
          {words.startPast}
        </Text>
      )}
    </TextField>
  );
}
