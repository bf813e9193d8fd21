// The window: where it is, what it shows there, and the keys that work everywhere.
import { useCallback, useEffect, useMemo, useReducer, type ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components/Tabs';
import { AccessFooter, AccessScreen } from './access/access-screen.tsx';
import { ApprovalsScreen } from './approvals/approvals-screen.tsx';
import { ConnectScreen } from './connection/connect-screen.tsx';
import { useDesktop, useDesktopState } from './desktop.tsx';
import { FormFooter } from './form/form-footer.tsx';
import { FormScreen } from './form/form-screen.tsx';
import { useRequestForm } from './form/use-request-form.ts';
import { BackHeader, Header } from './header.tsx';
import { HistoryScreen } from './history/history-screen.tsx';
import { NavigationProvider, useNavigation } from './navigation.tsx';
import { FIRST_PLACE, move, type ConnectPlace, type FormPlace, type Going, type Place, type TabName } from './route.ts';
import { OversightScreen } from './oversight/oversight-screen.tsx';
import { hasOnlySignIn } from './sign-in/standing.ts';
import { SignInPage } from './sign-in/sign-in-page.tsx';
import { SettingsScreen } from './settings/settings-screen.tsx';
import { Banners } from './trouble/banners.tsx';
import { LockedScreen } from './trouble/locked.tsx';
import { useAnnouncements } from './use-announcements.ts';
import { useAppearance } from './use-appearance.ts';
import { useKeys } from './use-keys.ts';
import { WelcomeScreen } from './welcome/welcome-screen.tsx';
import { count } from './format.ts';
import { words } from './words/common.ts';
import { connectionWords } from './words/connection.ts';
import { formWords } from './words/form.ts';
import { sinkWords } from './words/sinks.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';

const TABS: readonly TabName[] = ['access', 'approvals', 'history', 'oversight', 'settings'];

type VisitedTab = Extract<Place, { kind: 'tab' }>;

export function App(): ReactNode {
  const desktop = useDesktop();
  const state = useDesktopState();
  const [place, go] = useReducer(move, FIRST_PLACE);
  const { said, say } = useAnnouncements(state);
  useAppearance(state.settings.values);
  useRoutes(go);
  const usable = !state.welcome && !state.locked;
  const back = useCallback(() => {
    if (place.kind === 'tab') void desktop.send('hide-window', null);
    else go({ go: 'back' });
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
  switch (place.kind) {
    case 'form':
      return <FormPlaced key={place.visit} place={place} />;
    case 'connect':
      return <ConnectPlaced key={place.visit} place={place} />;
    case 'tab':
      return <TabsPlaced place={place} />;
  }
}

function ConnectPlaced(props: { readonly place: ConnectPlace }): ReactNode {
  const { go } = useNavigation();
  return (
    <>
      <BackHeader title={connectionWords.connectTitle} onBack={() => go({ go: 'back' })} />
      <main className="main">
        <Banners signIn={false} />
        <ConnectScreen url={props.place.url} />
      </main>
    </>
  );
}

function FormPlaced(props: { readonly place: FormPlace }): ReactNode {
  const form = useRequestForm(props.place);
  const { go } = useNavigation();
  return (
    <>
      <BackHeader
        title={form.draft.extendsGrant === null ? formWords.title : formWords.extendTitle}
        onBack={() => go({ go: 'back' })}
      />
      <main className="main">
        <Banners signIn />
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

function TabsPlaced(props: { readonly place: VisitedTab }): ReactNode {
  const state = useDesktopState();
  const { go } = useNavigation();
  const tabs = TABS.filter((tab) => tab !== 'oversight' || overseesOthers(state));
  // Somebody who may not oversee, or no longer: a link or a change of roles leads here.
  const tab = tabs.includes(props.place.tab) ? props.place.tab : 'access';
  const place = { ...props.place, tab };
  const onlySignIn = tab !== 'settings' && tab !== 'history' && hasOnlySignIn(state);
  return (
    <Tabs className="tabs" selectedKey={tab} onSelectionChange={(key) => go({ go: 'tab', tab: key as TabName })}>
      <Header />
      <main className="tab-area">
        <TabList aria-label={words.product} className="tab-list">
          {tabs.map((each) => (
            <Tab key={each} id={each} className="tab">
              {words.tabs[each]}
              {each === 'approvals' && <Waiting approvals={state.approvals.length} />}
              {each === 'settings' && <LogNeedsLook sinks={state.sinks} />}
            </Tab>
          ))}
        </TabList>
        <TabPanel key={tab} id={tab} className="main">
          <Banners signIn={!onlySignIn && tab !== 'settings'} />
          {onlySignIn ? <SignInPage /> : <Screen place={place} />}
        </TabPanel>
      </main>
      {tab === 'access' && !onlySignIn && (
        <footer className="footer">
          <AccessFooter takesFocus={place.cameBack} />
        </footer>
      )}
    </Tabs>
  );
}

/** Owners and administrators see what others have; nobody else is shown that there is such a place. */
function overseesOthers({ me }: DesktopState): boolean {
  return me !== null && (me.admin || me.owner);
}

/** A place that the log goes to needs a person. */
function LogNeedsLook(props: { readonly sinks: DesktopState['sinks'] }): ReactNode {
  if (!props.sinks.some(({ needsLook }) => needsLook)) return null;
  return (
    <>
      <span className="dot bad" aria-hidden="true" />
      <span className="for-readers">, {sinkWords.needsLook}</span>
    </>
  );
}

function Waiting(props: { readonly approvals: number }): ReactNode {
  if (props.approvals === 0) return null;
  return (
    <>
      <span className="badge" aria-hidden="true">
        {count(props.approvals)}
      </span>
      <span className="for-readers">, {words.waitingCount(props.approvals)}</span>
    </>
  );
}

function Screen(props: { readonly place: VisitedTab }): ReactNode {
  const { tab, focusOn, visit, part } = props.place;
  const user = useDesktopState().me?.user ?? '';
  switch (tab) {
    case 'access':
      return <AccessScreen focusOn={focusOn} visit={visit} />;
    case 'approvals':
      return <ApprovalsScreen key={user} focusOn={focusOn} visit={visit} />;
    case 'history':
      return <HistoryScreen />;
    case 'oversight':
      return <OversightScreen key={visit} part={part ?? 'now'} />;
    case 'settings':
      return <SettingsScreen sinksVisit={focusOn === 'sinks' ? visit : null} />;
  }
}
