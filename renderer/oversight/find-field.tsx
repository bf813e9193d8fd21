// Narrows a long list by a word.
import { Search } from 'lucide-react';
import { Input } from 'react-aria-components/Input';
import { TextField } from 'react-aria-components/TextField';
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
    <TextField className="find" aria-label={label} value={props.value} onChange={props.onChange}>
      <div className="input-icon">
        <Icon of={Search} />
        <Input className="input" placeholder={label} maxLength={100} />
      </div>
    </TextField>
  );
}

/** Whether one of the texts has the wanted word, whatever its case. Nothing wanted: all do. */
export function matches(wanted: string, texts: readonly string[]): boolean {
  const word = wanted.trim().toLocaleLowerCase();
  return word === '' || texts.some((text) => text.toLocaleLowerCase().includes(word));
}
