// One setting: changing it sends exactly that one. What the organisation set is shown, locked, with who set it.
import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Settings, SettingName } from '#shared/contracts/desktop/settings.ts';
import { useDesktopState } from '../desktop.tsx';
import { Icon } from '../parts/card.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Toggle } from '../parts/toggle.tsx';
import { useCommand } from '../parts/use-command.ts';
import { settingsWords as words } from '../words/settings.ts';

export function SettingRow<N extends SettingName>(props: {
  readonly name: N;
  readonly children: (setting: {
    readonly value: Settings[N];
    readonly isManaged: boolean;
    readonly set: (value: Settings[N]) => void;
  }) => ReactNode;
}): ReactNode {
  const { settings } = useDesktopState();
  const command = useCommand();
  const isManaged = settings.managed.includes(props.name);
  const set = (value: Settings[N]): void => {
    void command.run('change-setting', { [props.name]: value });
  };
  return (
    <div className="setting">
      {props.children({ value: settings.values[props.name], isManaged, set })}
      {isManaged && (
        <p className="hint managed">
          <Icon of={Lock} /> {words.managed}
        </p>
      )}
      <ProblemLine problem={command.problem} />
    </div>
  );
}

type OnOff = { [N in SettingName]: Settings[N] extends boolean ? N : never }[SettingName];

export function ToggleSetting(props: {
  readonly name: OnOff;
  readonly label: string;
  readonly hint?: string;
}): ReactNode {
  return (
    <SettingRow name={props.name}>
      {({ value, isManaged, set }) => (
        <Toggle
          label={props.label}
          {...(props.hint === undefined ? {} : { hint: props.hint })}
          value={value}
          isDisabled={isManaged}
          onChange={set}
        />
      )}
    </SettingRow>
  );
}
