// The shortcut that opens the window: pressed, not typed.
import type { KeyboardEvent, ReactNode } from 'react';
import { Button } from '../parts/button.tsx';
import { Field } from '../parts/field.tsx';
import { settingsWords as words } from '../words/settings.ts';
import { SettingRow } from './setting-row.tsx';

export function ShortcutSetting(): ReactNode {
  return (
    <SettingRow name="shortcut">
      {({ value, isManaged, set }) => {
        const press = (event: KeyboardEvent): void => {
          const shortcut = acceleratorOf(event);
          if (shortcut === null) return;
          event.preventDefault();
          event.stopPropagation();
          set(shortcut);
        };
        return (
          <Field
            label={words.shortcut}
            hint={words.shortcutHint}
            look="figures"
            value={value ?? words.shortcutNone}
            readOnly
            disabled={isManaged}
            onKeyDown={press}
            beside={
              <Button isDisabled={isManaged || value === null} onPress={() => set(null)}>
                {words.shortcutClear}
              </Button>
            }
          />
        );
      }}
    </SettingRow>
  );
}

/** The keys as the contract writes them; null where they are no shortcut (Tab must still leave the field). */
function acceleratorOf(event: KeyboardEvent): string | null {
  const key = /^(?:Key|Digit)([A-Z0-9])$/.exec(event.code)?.[1];
  const held = [
    event.ctrlKey ? 'Control' : null,
    event.altKey ? 'Alt' : null,
    event.shiftKey ? 'Shift' : null,
    event.metaKey ? 'Super' : null,
  ].filter((name) => name !== null);
  const onlyShift = held.length === 1 && held[0] === 'Shift';
  if (key === undefined || held.length === 0 || held.length > 3 || onlyShift) return null;
  return [...held, key].join('+');
}
