// The window: where it is, what it shows there, and the keys that work everywhere.
import { useCallback, useEffect, useMemo, useReducer, type ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components/Tabs';
import { AccessFooter, AccessScreen } from './access/access-screen.tsx';
import { ApprovalsScreen } from './approvals/approvals-screen.tsx';
import { useDesktop, useDesktopState } from './desktop.tsx';
import { FormFooter } from './form/form-footer.tsx';
import { FormScreen } from './form/form-screen.tsx';
import { useRequestForm } from './form/use-request-form.ts';
import { FormHeader, Header } from './header.tsx';
import { HistoryScreen } from './history/history-screen.tsx';
import { NavigationProvider, useNavigation } from './navigation.tsx';
import { FIRST_PLACE, move, type FormPlace, type Going, type Place, type TabName } from './route.ts';
import { SettingsScreen } from './settings/settings-screen.tsx';
import { Banners } from './trouble/banners.tsx';
import { LockedScreen } from './trouble/locked.tsx';
import { useAnnouncements } from './use-announcements.ts';
import { useAppearance } from './use-appearance.ts';
import { useKeys } from './use-keys.ts';
import { WelcomeScreen } from './welcome/welcome-screen.tsx';
import { count } from './format.ts';
import { words } from './words/common.ts';

const TABS: readonly TabName[] = ['access', 'approvals', 'history', 'settings'];

export function App(): ReactNode {
  const desktop = useDesktop();
  const state = useDesktopState();
  const [place, go] = useReducer(move, FIRST_PLACE);
  const { said, say } = useAnnouncements(state);
  useAppearance(state.settings.values);
  useRoutes(go);
  const usable = !state.welcome && !state.locked;
  const back = useCallback(() => {
    if (place.kind === 'form') go({ go: 'back' });
    else void desktop.send('hide-window', null);
  }, [place.kind, desktop]);
  const fresh = useCallback(() => go({ go: 'form', prefill: null }), []);
  useKeys(back, usable ? fresh : null);
  const navigation = useMemo(() => ({ go, say }), [say]);
  return (
    <NavigationProvider value={navigation}>
      <div className="window">
        {state.welcome ? <WelcomeScreen /> : <Placed place={place} />}
        <div className="for-readers" aria-live="polite" aria-atomic="true">
          {said}
        </div>
      </div>
    </NavigationProvider>
  );
}

/** Goes where the main process says: once after the start, then whenever the tray, a notification or a link asks. */
function useRoutes(go: (going: Going) => void): void {
  const desktop = useDesktop();
  useEffect(() => {
    const first = async (): Promise<void> => {
      const answer = await desktop.send('get-route', null);
      if (answer.ok) go({ go: 'route', route: answer.value });
    };
    void first();
    return desktop.onRoute((route) => go({ go: 'route', route }));
  }, [desktop, go]);
}

function Placed(props: { readonly place: Place }): ReactNode {
  const { place } = props;
  const { locked } = useDesktopState();
  if (locked) {
    return (
      <>
        <Header />
        <main className="main">
          <LockedScreen />
        </main>
      </>
    );
  }
  // A new visit to the form is a new form.
  return place.kind === 'form' ? <FormPlaced key={place.visit} place={place} /> : <TabsPlaced place={place} />;
}

function FormPlaced(props: { readonly place: FormPlace }): ReactNode {
  const form = useRequestForm(props.place);
  const { go } = useNavigation();
  return (
    <>
      <FormHeader extending={form.draft.extendsGrant !== null} onBack={() => go({ go: 'back' })} />
      <main className="main">
        <Banners />
        <FormScreen form={form} fromLink={props.place.fromLink} />
      </main>
      {form.entry !== null && (
        <footer className="footer">
          <FormFooter form={form} />
        </footer>
      )}
    </>
  );
}

function TabsPlaced(props: { readonly place: Extract<Place, { kind: 'tab' }> }): ReactNode {
  const { place } = props;
  const { approvals } = useDesktopState();
  const { go } = useNavigation();
  return (
    <Tabs className="tabs" selectedKey={place.tab} onSelectionChange={(key) => go({ go: 'tab', tab: key as TabName })}>
      <Header />
      <main className="tab-area">
        <TabList aria-label={words.product} className="tab-list">
          {TABS.map((tab) => (
            <Tab key={tab} id={tab} className="tab">
              {words.tabs[tab]}
              {tab === 'approvals' && approvals.length > 0 && (
                <>
                  <span className="badge" aria-hidden="true">
                    {count(approvals.length)}
                  </span>
                  <span className="for-readers">, {words.waitingCount(approvals.length)}</span>
                </>
              )}
            </Tab>
          ))}
        </TabList>
        <TabPanel key={place.tab} id={place.tab} className="main">
          <Banners />
          <Screen place={place} />
        </TabPanel>
      </main>
      {place.tab === 'access' && (
        <footer className="footer">
          <AccessFooter takesFocus={place.cameBack} />
        </footer>
      )}
    </Tabs>
  );
}

function Screen(props: { readonly place: Extract<Place, { kind: 'tab' }> }): ReactNode {
  const { tab, focusOn, visit } = props.place;
  switch (tab) {
    case 'access':
      return <AccessScreen focusOn={focusOn} visit={visit} />;
    case 'approvals':
      return <ApprovalsScreen focusOn={focusOn} visit={visit} />;
    case 'history':
      return <HistoryScreen />;
    case 'settings':
      return <SettingsScreen />;
  }
}
