// Starts the window: follows the bridge and shows the app.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import './styles/base.css';
import './styles/parts.css';
import './styles/fields.css';
import './styles/screens.css';
import './styles/team.css';
import './styles/sinks.css';
import { App } from './app.tsx';
import { bridgeOfWindow } from './bridge.ts';
import { followVisibility } from './clock.ts';
import { DesktopProvider, followDesktop } from './desktop.tsx';
import { words } from './words/common.ts';

const root = document.querySelector('#root');
if (root === null) throw new Error('the page has no root');
followVisibility(document);
const desktop = followDesktop(bridgeOfWindow(), document);
createRoot(root).render(
  <StrictMode>
    {/* The window's words are English, so are those of its parts; times follow the person's locale by Intl. */}
    <I18nProvider locale="en">
      <DesktopProvider desktop={desktop} before={<p className="starting">{words.loading}</p>}>
        <App />
      </DesktopProvider>
    </I18nProvider>
  </StrictMode>,
);
