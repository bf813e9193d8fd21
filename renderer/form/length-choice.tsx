// How long: the usual lengths, or one of the person's own within the most that the resource allows.
import { useState, type ReactNode } from 'react';
import { length } from '../format.ts';
import { OneOf } from '../parts/choices.tsx';
import { Field } from '../parts/field.tsx';
import { formWords as words, unitName, type Unit } from '../words/form.ts';
import { lengthsFor, unitOf, UNITS_MS } from './draft.ts';

const OTHER = 'other';

export function LengthChoice(props: {
  readonly label: string;
  readonly value: number;
  readonly maxMs: number;
  readonly onChange: (durationMs: number) => void;
}): ReactNode {
  const { value, maxMs, onChange } = props;
  const lengths = lengthsFor(maxMs);
  const [other, setOther] = useState(!lengths.includes(value));
  // Set from outside, as by a counter-offer.
  const shown = other || !lengths.includes(value) ? OTHER : String(value);
  return (
    <>
      <OneOf
        label={props.label}
        value={shown}
        onChange={(chosen) => {
          setOther(chosen === OTHER);
          if (chosen !== OTHER) onChange(Number(chosen));
        }}
        choices={[
          ...lengths.map((ms) => ({ value: String(ms), label: length(ms) })),
          { value: OTHER, label: words.otherLength },
        ]}
      />
      {shown === OTHER && <OtherLength value={value} maxMs={maxMs} onChange={onChange} />}
    </>
  );
}

function OtherLength(props: {
  readonly value: number;
  readonly maxMs: number;
  readonly onChange: (durationMs: number) => void;
}): ReactNode {
  const { value, maxMs, onChange } = props;
  const [unit, setUnit] = useState<Unit>(unitOf(value));
  const [typed, setTyped] = useState(String(value / UNITS_MS[unit]));
  const set = (text: string, of: Unit): void => {
    const amount = Number(text);
    onChange(text.trim() === '' || !Number.isFinite(amount) ? 0 : Math.max(0, Math.round(amount * UNITS_MS[of])));
  };
  return (
    <div className="other-length">
      <Field
        label={words.lengthValue}
        hideLabel
        fault={value > maxMs ? words.tooLong(length(maxMs)) : null}
        value={typed}
        inputMode="decimal"
        maxLength={6}
        onChange={(text) => {
          setTyped(text);
          set(text, unit);
        }}
      />
      <OneOf
        label={words.lengthUnit}
        hideLabel
        value={unit}
        choices={(['minutes', 'hours', 'days'] as const).map((each) => ({ value: each, label: unitName[each] }))}
        onChange={(next) => {
          setUnit(next as Unit);
          set(typed, next as Unit);
        }}
      />
    </div>
  );
}
