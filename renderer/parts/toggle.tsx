// Something that is on or off, with what it means.
import { SwitchButton, SwitchField } from 'react-aria-components/Switch';
import { Text } from 'react-aria-components/Text';
import type { ReactNode } from 'react';

export function Toggle(props: {
  readonly label: ReactNode;
  readonly hint?: string;
  readonly value: boolean;
  readonly isDisabled?: boolean;
  readonly onChange: (value: boolean) => void;
}): ReactNode {
  return (
    <SwitchField
      className="toggle"
      isSelected={props.value}
      isDisabled={props.isDisabled ?? false}
      onChange={props.onChange}
    >
      <SwitchButton className="toggle-button">
        <span className="grow">{props.label}</span>
        <span className="track" aria-hidden="true" />
      </SwitchButton>
      {props.hint !== undefined && (
        <Text slot="description" className="hint">
          {props.hint}
        </Text>
      )}
    </SwitchField>
  );
}
