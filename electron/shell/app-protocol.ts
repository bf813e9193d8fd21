// The scheme `app://daypass/` that the window is loaded from: a secure origin of its own, instead of file://.
import { protocol } from 'electron';
import { answerFile, APP_SCHEME } from './app-files.ts';

/** Before the app is ready. */
export function declareAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, codeCache: true } },
  ]);
}

/** After the app is ready: serves the built window from this folder. */
export function serveAppFiles(folder: string): void {
  protocol.handle(APP_SCHEME, async (request) => await answerFile(folder, request));
}
