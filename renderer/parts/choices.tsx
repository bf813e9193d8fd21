// A row of choices of which one holds, and a list of which several may.
import { CheckboxButton, CheckboxField } from 'react-aria-components/Checkbox';
import { CheckboxGroup } from 'react-aria-components/CheckboxGroup';
import { Label } from 'react-aria-components/Label';
import { RadioButton, RadioField, RadioGroup } from 'react-aria-components/RadioGroup';
import type { ReactNode } from 'react';

export type Choice = { readonly value: string; readonly label: string };

type Common = {
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly choices: readonly Choice[];
  readonly isDisabled?: boolean;
};

export function OneOf(
  props: Common & { readonly value: string; readonly onChange: (value: string) => void },
): ReactNode {
  return (
    <RadioGroup
      className="field"
      orientation="horizontal"
      value={props.value}
      onChange={props.onChange}
      isDisabled={props.isDisabled ?? false}
    >
      <Label className={props.hideLabel === true ? 'for-readers' : 'label'}>{props.label}</Label>
      <div className="segments">
        {props.choices.map((choice) => (
          <RadioField key={choice.value} value={choice.value} className="segment-field">
            <RadioButton className="segment">{choice.label}</RadioButton>
          </RadioField>
        ))}
      </div>
    </RadioGroup>
  );
}

export function SomeOf(
  props: Common & { readonly value: readonly string[]; readonly onChange: (value: string[]) => void },
): ReactNode {
  return (
    <CheckboxGroup
      className="field"
      value={[...props.value]}
      onChange={props.onChange}
      isDisabled={props.isDisabled ?? false}
    >
      <Label className={props.hideLabel === true ? 'for-readers' : 'label'}>{props.label}</Label>
      <div className="segments">
        {props.choices.map((choice) => (
          <CheckboxField key={choice.value} value={choice.value} className="segment-field">
            <CheckboxButton className="segment">{choice.label}</CheckboxButton>
          </CheckboxField>
        ))}
      </div>
    </CheckboxGroup>
  );
}
