// The purpose: one of the common ones, or a name of the person's own.
import { ChevronDown } from 'lucide-react';
import { Button } from 'react-aria-components/Button';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { useId, useState, type ReactNode } from 'react';
import { Icon } from '../parts/card.tsx';
import { Field } from '../parts/field.tsx';
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
  const chosen = own === null ? value : OWN;
  const [labelId, valueId] = [useId(), useId()];
  const choose = (key: string): void => {
    setOwn(key === OWN ? '' : null);
    onChange(key === OWN ? '' : key);
  };
  return (
    <>
      <div className="field">
        <span id={labelId} className="label">
          {words.purpose}
        </span>
        <MenuTrigger>
          <Button className="input select" aria-labelledby={`${labelId} ${valueId}`}>
            <span id={valueId} className="grow">
              {nameOf(chosen)}
            </span>
            <Icon of={ChevronDown} />
          </Button>
          <Popover className="popover as-wide" offset={4}>
            <Menu
              className="menu"
              aria-label={words.purpose}
              selectionMode="single"
              selectedKeys={[chosen]}
              disallowEmptySelection
              onAction={(key) => choose(String(key))}
            >
              {[...COMMON_PURPOSES, OWN].map((purpose) => (
                <MenuItem key={purpose} id={purpose} className="menu-item">
                  {nameOf(purpose)}
                </MenuItem>
              ))}
            </Menu>
          </Popover>
        </MenuTrigger>
      </div>
      {own !== null && (
        <Field
          label={words.ownPurpose}
          hint={words.ownPurposeHint}
          maxLength={63}
          value={own}
          onChange={(typed) => {
            setOwn(typed);
            onChange(purposeFrom(typed));
          }}
        />
      )}
    </>
  );
}

const nameOf = (purpose: string): string => (purpose === OWN ? words.otherPurpose : purposeName(purpose));
