// What few requests need: a later start, an end with the first use, a ticket.
import { ChevronDown } from 'lucide-react';
import { Button } from 'react-aria-components/Button';
import { Disclosure, DisclosurePanel } from 'react-aria-components/Disclosure';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextField } from 'react-aria-components/TextField';
import { useState, type ReactNode } from 'react';
import { nowMs } from '../clock.ts';
import { Icon } from '../parts/card.tsx';
import { Toggle } from '../parts/toggle.tsx';
import { formWords as words } from '../words/form.ts';
import type { Draft } from './draft.ts';

export function MoreOptions(props: {
  readonly draft: Draft;
  readonly onChange: (change: Partial<Draft>) => void;
}): ReactNode {
  const { draft, onChange } = props;
  return (
    <Disclosure className="disclosure">
      <Button slot="trigger" className="button link">
        <Icon of={ChevronDown} className="chevron" />
        {words.options}
      </Button>
      <DisclosurePanel>
        <StartAt onChange={(startAtMs) => onChange({ startAtMs })} startAtMs={draft.startAtMs} />
        <Toggle
          label={words.endsWithUse}
          hint={words.endsWithUseHint}
          value={draft.endsWithOperation}
          onChange={(endsWithOperation) => onChange({ endsWithOperation })}
        />
        <Ticket draft={draft} onChange={onChange} />
      </DisclosurePanel>
    </Disclosure>
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
