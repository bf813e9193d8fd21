// Something that is on or off, with what it means.
import { useId, type ReactNode } from 'react';

export function Toggle(props: {
  readonly label: ReactNode;
  readonly hint?: string;
  readonly value: boolean;
  readonly isDisabled?: boolean;
  readonly onChange: (value: boolean) => void;
}): ReactNode {
  const hintId = useId();
  return (
    <div className="toggle">
      <label className="toggle-button">
        <span className="grow">{props.label}</span>
        <input
          type="checkbox"
          role="switch"
          className="for-readers"
          checked={props.value}
          disabled={props.isDisabled ?? false}
          aria-describedby={props.hint === undefined ? undefined : hintId}
          onChange={({ target }) => props.onChange(target.checked)}
        />
        <span className="track" aria-hidden="true" />
      </label>
      {props.hint !== undefined && (
        <span id={hintId} className="hint">
          {props.hint}
        </span>
      )}
    </div>
  );
}
