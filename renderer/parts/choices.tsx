// A row of choices of which one holds, and a list of which several may: the browser's own, which the arrows walk.
import { useId, type ReactNode } from 'react';

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
  return <Choices {...props} type="radio" chosen={[props.value]} onClick={props.onChange} />;
}

export function SomeOf(
  props: Common & { readonly value: readonly string[]; readonly onChange: (value: string[]) => void },
): ReactNode {
  const { value, onChange } = props;
  const turn = (choice: string): void =>
    onChange(value.includes(choice) ? value.filter((each) => each !== choice) : [...value, choice]);
  return <Choices {...props} type="checkbox" chosen={value} onClick={turn} />;
}

function Choices(
  props: Common & {
    readonly type: 'radio' | 'checkbox';
    readonly chosen: readonly string[];
    readonly onClick: (value: string) => void;
  },
): ReactNode {
  const id = useId();
  return (
    <div className="field" role={props.type === 'radio' ? 'radiogroup' : 'group'} aria-labelledby={id}>
      <span id={id} className={props.hideLabel === true ? 'for-readers' : 'label'}>
        {props.label}
      </span>
      <div className="segments">
        {props.choices.map(({ value, label }) => (
          <label key={value} className="segment">
            <input
              type={props.type}
              className="for-readers"
              name={id}
              value={value}
              checked={props.chosen.includes(value)}
              disabled={props.isDisabled ?? false}
              onChange={() => props.onClick(value)}
            />
            {label}
          </label>
        ))}
      </div>
    </div>
  );
}
