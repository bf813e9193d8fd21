// A button that opens a list of things to do.
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import type { ReactNode } from 'react';
import { Button, type Look } from './button.tsx';

export type MenuEntry = { readonly id: string; readonly label: string; readonly detail?: string };

export function ActionMenu(props: {
  readonly label: ReactNode;
  /** What a screen reader says, when the label alone does not say enough. */
  readonly name?: string;
  readonly look?: Look;
  readonly entries: readonly MenuEntry[];
  readonly selected?: string;
  readonly onAction: (id: string) => void;
  readonly note?: string;
  readonly isDisabled?: boolean;
}): ReactNode {
  return (
    <MenuTrigger>
      <Button
        look={props.look ?? 'plain'}
        isDisabled={props.isDisabled ?? false}
        {...(props.name === undefined ? {} : { 'aria-label': props.name })}
      >
        {props.label}
      </Button>
      <Popover className="popover" placement="bottom start" offset={4}>
        <Menu
          className="menu"
          items={props.entries}
          onAction={(key) => props.onAction(String(key))}
          {...(props.selected === undefined
            ? {}
            : { selectionMode: 'single' as const, selectedKeys: [props.selected], disallowEmptySelection: true })}
        >
          {(entry) => (
            <MenuItem id={entry.id} textValue={entry.label} className="menu-item">
              <span className="menu-label">{entry.label}</span>
              {entry.detail !== undefined && <span className="quiet">{entry.detail}</span>}
            </MenuItem>
          )}
        </Menu>
        {props.note !== undefined && <p className="menu-note">{props.note}</p>}
      </Popover>
    </MenuTrigger>
  );
}
