// A field for a secret: typed or pasted, never filled in again, never offered by the browser's memory.
import type { ReactNode } from 'react';
import { Field } from '../parts/field.tsx';

export function SecretField(props: {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly fault: string | null;
  readonly autoFocus?: boolean;
  readonly isDisabled: boolean;
  readonly onChange: (value: string) => void;
  readonly onBlur?: () => void;
}): ReactNode {
  return (
    <Field
      label={props.label}
      hint={props.hint}
      fault={props.fault}
      type="password"
      value={props.value}
      // What is pasted often ends with a line break or a space.
      onChange={(text) => props.onChange(text.trim())}
      onBlur={props.onBlur}
      disabled={props.isDisabled}
      autoFocus={props.autoFocus ?? false}
      autoComplete="new-password"
      spellCheck={false}
      maxLength={2000}
    />
  );
}
