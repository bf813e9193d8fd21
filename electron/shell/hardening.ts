// Takes away what a window could do and this app never needs: Node, navigation, popups, permissions, crash dumps.
// Also ends a packaged app that was started for debugging or interception.
import { app, session, type Session, type WebContents } from 'electron';
import type { Log } from '../agent/ports.ts';
import { refusedAtStart } from './dangerous-switches.ts';

type Start = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
};

/** Whether this start is allowed. Development builds may be debugged; packaged ones never. Says why in the log. */
export function startIsAllowed({ environment, log }: Start): boolean {
  if (!app.isPackaged) return true;
  const refused = refusedAtStart({
    argv: [...process.execArgv, ...process.argv.slice(1)],
    environment,
    hasSwitch: (name) => app.commandLine.hasSwitch(name),
  });
  if (refused.length === 0) return true;
  log.info('start.refused', { because: refused.join(' ') });
  return false;
}

/** Before the app is ready: every window is sandboxed, and nothing writes memory or traffic to disk. */
export function hardenProcess(): void {
  app.enableSandbox();
  // The reporter is never started; this also keeps Chromium's own handler out.
  app.commandLine.appendSwitch('disable-breakpad');
  app.commandLine.appendSwitch('disable-crash-reporter');
  // The window has no network of its own.
  app.commandLine.appendSwitch('disable-background-networking');
  app.commandLine.appendSwitch('disable-component-update');
  app.commandLine.appendSwitch('disable-domain-reliability');
  app.on('web-contents-created', (_event, contents) => confine(contents));
  app.on('session-created', denyPermissions);
}

/** After the app is ready: the one session in use. */
export function hardenSession(): void {
  denyPermissions(session.defaultSession);
}

function confine(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => event.preventDefault());
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

function denyPermissions(target: Session): void {
  target.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  target.setPermissionCheckHandler(() => false);
  target.setDevicePermissionHandler(() => false);
  target.on('will-download', (event) => event.preventDefault());
  target.setSpellCheckerEnabled(false);
}
