// What the person may set, and what this app is connected to.
import type { ReactNode } from 'react';
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { ConnectionSection } from '../connection/connection-section.tsx';
import { useDesktopState, useSend } from '../desktop.tsx';
import { length, share } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { Section } from '../parts/card.tsx';
import { OneOf } from '../parts/choices.tsx';
import { Ago } from '../parts/live-text.tsx';
import { Name } from '../parts/said.tsx';
import { gatewayWords, settingsWords as words, syncWords } from '../words/settings.ts';
import { SinksSection } from '../sinks/sinks-section.tsx';
import { SettingRow, ToggleSetting } from './setting-row.tsx';
import { ShortcutSetting } from './shortcut.tsx';

const ZOOMS = [0.9, 1, 1.25, 1.5, 2];
const CLIPBOARD_MS = [10 * SECOND_MS, 30 * SECOND_MS, MINUTE_MS, 2 * MINUTE_MS];

/** `visit`: of who was sent to where the log goes. */
export function SettingsScreen(props: { readonly sinksVisit: number | null }): ReactNode {
  const send = useSend();
  return (
    <div className="stack">
      <ConnectionSection />
      <SinksSection visit={props.sinksVisit} />
      <Section id="look" title={words.look}>
        <div className="card settings">
          <SettingRow name="theme">
            {({ value, isManaged, set }) => (
              <OneOf
                label={words.theme}
                value={value}
                isDisabled={isManaged}
                choices={(['system', 'light', 'dark'] as const).map((each) => ({
                  value: each,
                  label: words.themes[each],
                }))}
                onChange={(theme) => set(theme as typeof value)}
              />
            )}
          </SettingRow>
          <NumberSetting name="textZoom" label={words.textZoom} values={ZOOMS} text={share} />
        </div>
      </Section>
      <Section id="behaviour" title={words.behaviour}>
        <div className="card settings">
          <ToggleSetting name="openAtLogin" label={words.openAtLogin} />
          <ToggleSetting name="notifyBeforeEnd" label={words.notifyBeforeEnd} />
          <ShortcutSetting />
        </div>
      </Section>
      <Section id="safety" title={words.safety}>
        <div className="card settings">
          <NumberSetting name="clipboardClearMs" label={words.clipboard} values={CLIPBOARD_MS} text={length} />
          <ToggleSetting name="wipeOnLock" label={words.wipeOnLock} hint={words.wipeOnLockHint} />
          <ToggleSetting name="wipeOnQuit" label={words.wipeOnQuit} hint={words.wipeOnQuitHint} />
        </div>
      </Section>
      <About />
      <div className="buttons end">
        <Button look="danger" onPress={() => void send('quit', null)}>
          {words.quit}
        </Button>
      </div>
    </div>
  );
}

function NumberSetting(props: {
  readonly name: 'textZoom' | 'clipboardClearMs';
  readonly label: string;
  readonly values: readonly number[];
  readonly text: (value: number) => string;
}): ReactNode {
  return (
    <SettingRow name={props.name}>
      {({ value, isManaged, set }) => (
        <OneOf
          label={props.label}
          value={String(value)}
          isDisabled={isManaged}
          // A value set elsewhere is shown beside the usual ones.
          choices={[...new Set([...props.values, value])]
            .sort((a, b) => a - b)
            .map((each) => ({ value: String(each), label: props.text(each) }))}
          onChange={(next) => set(Number(next))}
        />
      )}
    </SettingRow>
  );
}

function About(): ReactNode {
  const { broker, sync, version, me, mode } = useDesktopState();
  return (
    <Section id="about" title={words.about}>
      <dl className="card about">
        {me !== null && (
          <div>
            <dt>{words.person}</dt>
            <dd>
              <Name>{me.name}</Name>
            </dd>
          </div>
        )}
        <div>
          <dt>{words.mode}</dt>
          <dd>{words.modes[mode]}</dd>
        </div>
        <div>
          <dt>{words.gateway}</dt>
          <dd className="figures wrap">{gatewayWords(broker)}</dd>
        </div>
        <div>
          <dt>{words.sync}</dt>
          <dd>
            {syncWords(sync)}
            {sync.kind === 'synced' && (
              <>
                {' · '}
                <Ago atMs={sync.atMs} />
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>{words.version}</dt>
          <dd className="figures">{version}</dd>
        </div>
      </dl>
    </Section>
  );
}
