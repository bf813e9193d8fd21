// Answers what a page loads: the app's own scheme from the app, everything else as the app's handlers allow.
import type * as Electron from 'electron';
import { answerScheme, toInnerPolicy, toOuter } from './schemes.ts';
import { changeHeaders, isCancelled } from './session.ts';

export type PausedRequest = {
  readonly requestId: string;
  readonly frameId: string;
  readonly resourceType: string;
  readonly request: {
    readonly url: string;
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly postData?: string;
  };
};
type Send = (method: string, params: object) => Promise<unknown>;

/** Answers one paused request, or lets it go. A page that has gone since is no error. */
export async function serveRequest(send: Send, paused: PausedRequest, webContentsId: number): Promise<void> {
  const { requestId, request } = paused;
  const url = toOuter(request.url);
  const details = {
    id: 1,
    url,
    method: request.method,
    webContentsId,
    resourceType: resourceType(paused),
    referrer: '',
    timestamp: Date.now(),
    uploadData: [],
  };
  const quietly = (method: string, params: object): Promise<unknown> =>
    send(method, { requestId, ...params }).catch(() => {});
  try {
    if (await isCancelled(details))
      return void (await quietly('Fetch.failRequest', { errorReason: 'BlockedByClient' }));
    const response = await answerScheme(url, request.method, request.headers, request.postData);
    if (response === undefined) return void (await quietly('Fetch.continueRequest', {}));
    const body = Buffer.from(await response.arrayBuffer()).toString('base64');
    const responseHeaders = await headersFor(details, response);
    await quietly('Fetch.fulfillRequest', { responseCode: response.status, responseHeaders, body });
  } catch (error) {
    console.error(`The app's handler failed for ${url}:`, error);
    await quietly('Fetch.failRequest', { errorReason: 'Failed' });
  }
}

async function headersFor(
  request: Electron.OnBeforeRequestListenerDetails,
  response: GlobalResponse,
): Promise<{ name: string; value: string }[]> {
  const responseHeaders: Record<string, string[]> = {};
  for (const [name, value] of response.headers) (responseHeaders[name] ??= []).push(value);
  const { uploadData: _uploadData, ...details } = request;
  const changed = await changeHeaders({
    ...details,
    responseHeaders,
    statusLine: `HTTP/1.1 ${response.status}`,
    statusCode: response.status,
  });
  return Object.entries(changed).flatMap(([name, values]) =>
    [values]
      .flat()
      .map((value) => ({ name, value: /^content-security-policy/i.test(name) ? toInnerPolicy(value) : value })),
  );
}

const RESOURCE_TYPES: Readonly<Record<string, Electron.OnBeforeRequestListenerDetails['resourceType']>> = {
  Document: 'mainFrame',
  Stylesheet: 'stylesheet',
  Image: 'image',
  Font: 'font',
  Script: 'script',
  XHR: 'xhr',
  Fetch: 'xhr',
  Ping: 'ping',
  Media: 'media',
  WebSocket: 'webSocket',
};

function resourceType(paused: PausedRequest): Electron.OnBeforeRequestListenerDetails['resourceType'] {
  return RESOURCE_TYPES[paused.resourceType] ?? 'other';
}
