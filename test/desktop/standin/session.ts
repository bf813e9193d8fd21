// The one session: what the app's handlers say about permissions and requests has its effect in every page.
import type * as Electron from 'electron';
import { emitterOf, only } from './missing.ts';
import { protocol } from './schemes.ts';

type RequestHandler = Parameters<Electron.Session['setPermissionRequestHandler']>[0];
type CheckHandler = Parameters<Electron.Session['setPermissionCheckHandler']>[0];
type DeviceHandler = Parameters<Electron.Session['setDevicePermissionHandler']>[0];
type BeforeRequest = (
  details: Electron.OnBeforeRequestListenerDetails,
  callback: (response: Electron.CallbackResponse) => void,
) => void;
type HeadersReceived = (
  details: Electron.OnHeadersReceivedListenerDetails,
  callback: (response: Electron.HeadersReceivedResponse) => void,
) => void;

let onPermissionRequest: RequestHandler = null;
let onBeforeRequest: BeforeRequest | null = null;
let onHeadersReceived: HeadersReceived | null = null;

/** Electron's name of a permission, and Chromium's. */
export const PERMISSIONS: readonly (readonly [
  electron: Parameters<NonNullable<RequestHandler>>[1],
  chromium: string,
])[] = [
  ['geolocation', 'geolocation'],
  ['notifications', 'notifications'],
  ['clipboard-read', 'clipboard-read'],
  ['clipboard-sanitized-write', 'clipboard-write'],
  ['media', 'camera'],
  ['media', 'microphone'],
  ['midiSysex', 'midi'],
  ['idle-detection', 'idle-detection'],
  ['storage-access', 'storage-access'],
  ['window-management', 'window-management'],
];

/** What the app's handler says when `contents` asks for a permission. Without a handler Electron grants all. */
export async function isPermitted(
  contents: Electron.WebContents,
  permission: Parameters<NonNullable<RequestHandler>>[1],
): Promise<boolean> {
  const handler = onPermissionRequest;
  if (handler === null) return true;
  return new Promise((resolve) =>
    handler(contents, permission, resolve, { isMainFrame: true, requestingUrl: contents.getURL() }),
  );
}

/** Whether the app cancels the request. */
export async function isCancelled(details: Electron.OnBeforeRequestListenerDetails): Promise<boolean> {
  const handler = onBeforeRequest;
  if (handler === null) return false;
  const response = await new Promise<Electron.CallbackResponse>((resolve) => handler(details, resolve));
  return response.cancel === true;
}

/** The headers as the app wants the page to see them. */
export async function changeHeaders(
  details: Electron.OnHeadersReceivedListenerDetails,
): Promise<Record<string, string | string[]>> {
  const handler = onHeadersReceived;
  const before = details.responseHeaders ?? {};
  if (handler === null) return before;
  const response = await new Promise<Electron.HeadersReceivedResponse>((resolve) => handler(details, resolve));
  return response.responseHeaders ?? before;
}

type FilterOrListener<L> = Electron.WebRequestFilter | L | null;
const listenerOf = <L>(filterOrListener: FilterOrListener<L>, listener?: L | null): L | null =>
  typeof filterOrListener === 'function' ? filterOrListener : (listener ?? null);

const webRequest: Pick<Electron.WebRequest, 'onBeforeRequest' | 'onHeadersReceived'> = only('webRequest', {
  onBeforeRequest(filter: FilterOrListener<BeforeRequest>, listener?: BeforeRequest | null): void {
    onBeforeRequest = listenerOf(filter, listener);
  },
  onHeadersReceived(filter: FilterOrListener<HeadersReceived>, listener?: HeadersReceived | null): void {
    onHeadersReceived = listenerOf(filter, listener);
  },
});

type Offered =
  | 'setPermissionRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setDevicePermissionHandler'
  | 'setSpellCheckerEnabled'
  | 'setSpellCheckerLanguages';

class DefaultSession extends emitterOf('session', ['will-download']) implements Pick<Electron.Session, Offered> {
  readonly webRequest = webRequest;
  readonly protocol = protocol;
  setPermissionRequestHandler(handler: RequestHandler): void {
    onPermissionRequest = handler;
  }
  // Chromium asks through the request handler's answer that was set for the page; the others have nothing to ask.
  setPermissionCheckHandler(_handler: CheckHandler): void {}
  setDevicePermissionHandler(_handler: DeviceHandler): void {}
  setSpellCheckerEnabled(_enable: boolean): void {}
  setSpellCheckerLanguages(_languages: string[]): void {}
}

export const defaultSession = new DefaultSession();
// The class is not Electron's Session, but offers the listed part of it.
export const session: { readonly defaultSession: DefaultSession } = only('session', { defaultSession });
