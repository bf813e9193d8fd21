// A line or some lines that a person writes: the browser's own field, tied to its name, to what helps with it and to what
// is wrong with it, so that readers hear them together.
import { useId, type ComponentProps, type KeyboardEvent, type ReactNode } from 'react';

type Input = Pick<
  ComponentProps<'input'>,
  | 'autoComplete'
  | 'autoFocus'
  | 'disabled'
  | 'inputMode'
  | 'maxLength'
  | 'placeholder'
  | 'readOnly'
  | 'spellCheck'
  | 'type'
>;

type Props = Input & {
  readonly label: ReactNode;
  readonly hideLabel?: boolean;
  readonly value: string;
  readonly onChange?: (value: string) => void;
  readonly onBlur?: (() => void) | undefined;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  /** So many lines; without it there is one, which cannot be broken. */
  readonly rows?: number;
  /** How it looks besides being a field. */
  readonly look?: 'address' | 'figures';
  /** What helps: a sentence, or some. */
  readonly hint?: string | false | readonly string[];
  /** What is wrong with what was written; it stands in the place of the hint. */
  readonly fault?: string | null;
  /** What stands beside the field, in the same line. */
  readonly beside?: ReactNode;
};

export function Field({
  label,
  hideLabel,
  rows,
  look,
  hint,
  fault = null,
  beside,
  onChange,
  ...rest
}: Props): ReactNode {
  const id = useId();
  const hints = [hint || []].flat();
  const toldId = fault === null && hints.length === 0 ? undefined : `${id}told`;
  const field = {
    ...rest,
    id,
    'aria-invalid': fault !== null || undefined,
    'aria-describedby': toldId,
    onChange: ({ target }: { readonly target: { readonly value: string } }) => onChange?.(target.value),
  };
  const input =
    rows === undefined ? (
      <input type="text" {...field} className={look === undefined ? 'input' : `input ${look}`} />
    ) : (
      <textarea {...field} rows={rows} className="input area" />
    );
  return (
    <div className="field">
      <label htmlFor={id} className={hideLabel === true ? 'for-readers' : 'label'}>
        {label}
      </label>
      {beside === undefined ? (
        input
      ) : (
        <div className="with-button">
          {input}
          {beside}
        </div>
      )}
      {toldId !== undefined && (
        <div id={toldId}>
          {fault === null ? (
            hints.map((each) => (
              <span key={each} className="hint">
                {each}
              </span>
            ))
          ) : (
            <span className="field-error">{fault}</span>
          )}
        </div>
      )}
    </div>
  );
}
