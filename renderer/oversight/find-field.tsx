// Narrows a long list by a word.
import { Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { Icon } from '../parts/card.tsx';
import { oversightWords as words } from '../words/oversight.ts';

export function FindField(props: {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly label?: string;
}): ReactNode {
  const { label = words.find } = props;
  return (
    <div className="find">
      <div className="input-icon">
        <Icon of={Search} />
        <input
          className="input"
          aria-label={label}
          placeholder={label}
          maxLength={100}
          value={props.value}
          onChange={({ target }) => props.onChange(target.value)}
        />
      </div>
    </div>
  );
}

/** Whether one of the texts has the wanted word, whatever its case. Nothing wanted: all do. */
export function matches(wanted: string, texts: readonly string[]): boolean {
  const word = wanted.trim().toLocaleLowerCase();
  return word === '' || texts.some((text) => text.toLocaleLowerCase().includes(word));
}
