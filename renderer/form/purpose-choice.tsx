// The purpose: one of the common ones, or a name of the person's own.
import { ChevronDown } from 'lucide-react';
import { Button } from 'react-aria-components/Button';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Select, SelectValue } from 'react-aria-components/Select';
import { Text } from 'react-aria-components/Text';
import { TextField } from 'react-aria-components/TextField';
import { useState, type ReactNode } from 'react';
import { Icon } from '../parts/card.tsx';
import { COMMON_PURPOSES, purposeName } from '../words/common.ts';
import { formWords as words } from '../words/form.ts';
import { purposeFrom } from './draft.ts';

// No purpose can be called this: it starts with a dash.
const OWN = '-own';

export function PurposeChoice(props: {
  readonly value: string;
  readonly onChange: (purpose: string) => void;
}): ReactNode {
  const { value, onChange } = props;
  const [own, setOwn] = useState<string | null>(COMMON_PURPOSES.includes(value) ? null : value);
  const choose = (key: string): void => {
    setOwn(key === OWN ? '' : null);
    onChange(key === OWN ? '' : key);
  };
  return (
    <>
      <Select className="field" value={own === null ? value : OWN} onChange={(key) => choose(String(key))}>
        <Label className="label">{words.purpose}</Label>
        <Button className="input select">
          <SelectValue className="grow" />
          <Icon of={ChevronDown} />
        </Button>
        <Popover className="popover as-wide" offset={4}>
          <ListBox className="menu">
            {[...COMMON_PURPOSES, OWN].map((purpose) => (
              <ListBoxItem key={purpose} id={purpose} className="menu-item">
                {purpose === OWN ? words.otherPurpose : purposeName(purpose)}
              </ListBoxItem>
            ))}
          </ListBox>
        </Popover>
      </Select>
      {own !== null && (
        <TextField
          className="field"
          value={own}
          onChange={(typed) => {
            setOwn(typed);
            onChange(purposeFrom(typed));
          }}
        >
          <Label className="label">{words.ownPurpose}</Label>
          <Input className="input" maxLength={63} />
          <Text slot="description" className="hint">
            {words.ownPurposeHint}
          </Text>
        </TextField>
      )}
    </>
  );
}
