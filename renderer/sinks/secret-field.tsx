// A field for a secret: typed or pasted, never filled in again, never offered by the browser's memory.
import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextField } from 'react-aria-components/TextField';
import type { ReactNode } from 'react';

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
  const { fault } = props;
  return (
    <TextField
      className="field"
      type="password"
      value={props.value}
      // What is pasted often ends with a line break or a space.
      onChange={(text) => props.onChange(text.trim())}
      onBlur={() => props.onBlur?.()}
      isInvalid={fault !== null}
      isDisabled={props.isDisabled}
      autoFocus={props.autoFocus ?? false}
      autoComplete="new-password"
      spellCheck="false"
    >
      <Label className="label">{props.label}</Label>
      <Input className="input" maxLength={2000} />
      {fault === null && (
        <Text slot="description" className="hint">
          {props.hint}
        </Text>
      )}
      <FieldError className="field-error">{fault}</FieldError>
    </TextField>
  );
}
