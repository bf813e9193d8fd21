// One window's page: its worlds, its messages, its navigation. Everything that the page loads passes through here.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type * as Electron from 'electron';
import type { Chromium, PageTarget, TargetEvents } from './chromium.ts';
import { wallShiftMs } from './clock-shift.ts';
import { report } from './control.ts';
import { type FramePlace, FrameTree } from './frames.ts';
import { type FromPage, encodeMessage, serveIpc } from './ipc-main.ts';
import { emitterOf, eventOf } from './missing.ts';
import { RECEIVE_FUNCTION, SEND_BINDING, moveDateScript, pageWorldScript, preloadWorldScript } from './page-scripts.ts';
import { type PausedRequest, serveRequest } from './requests.ts';
import { toInner, toOuter } from './schemes.ts';
import { PERMISSIONS, defaultSession, isPermitted } from './session.ts';

const WORLD = 'stand-in preload';
const EVENTS = [
  'did-finish-load',
  'did-fail-load',
  'dom-ready',
  'did-navigate',
  'did-start-loading',
  'did-stop-loading',
  'will-navigate',
  'will-frame-navigate',
  'will-redirect',
  'will-attach-webview',
  'render-process-gone',
  'unresponsive',
  'responsive',
  'console-message',
  'preload-error',
  'destroyed',
  'before-input-event',
  'context-menu',
  'did-create-window',
  'zoom-changed',
];

type Offered =
  | 'send'
  | 'setWindowOpenHandler'
  | 'isDestroyed'
  | 'getURL'
  | 'executeJavaScript'
  | 'setZoomFactor'
  | 'getZoomFactor'
  | 'setZoomLevel'
  | 'getZoomLevel'
  | 'setVisualZoomLevelLimits'
  | 'getTitle'
  | 'isLoading'
  | 'focus'
  | 'id'
  | 'setWebRTCIPHandlingPolicy';
type OpenHandler = Parameters<Electron.WebContents['setWindowOpenHandler']>[0];
type ContextCreated = {
  readonly context: {
    readonly id: number;
    readonly name: string;
    readonly auxData: { readonly frameId: string; readonly isDefault: boolean };
  };
};
type Lifecycle = { readonly frameId: string; readonly loaderId: string; readonly name: string };

let lastId = 0;
const all = new Set<WebContents>();
export const allWebContents = (): readonly WebContents[] => [...all];

export class WebContents extends emitterOf('webContents', EVENTS) implements Pick<Electron.WebContents, Offered> {
  readonly id: number;
  readonly session = defaultSession;
  readonly #preferences: Electron.WebPreferences;
  readonly #frames = new FrameTree();
  readonly #ready: Promise<void>;
  readonly #token = randomBytes(12).toString('hex');
  readonly #loaded = new Set<string>();
  #chromium: Chromium | undefined;
  #target: PageTarget | undefined;
  #openHandler: OpenHandler | undefined;
  #markReady: () => void = () => {};
  #programmatic: string | undefined;
  #scripts: string[] = [];
  #zoomFactor = 1;
  #title = '';
  #loading = false;
  #destroyed = false;
  #lifecycle: () => void = () => {};

  constructor(preferences: Electron.WebPreferences) {
    super();
    lastId += 1;
    this.id = lastId;
    this.#preferences = preferences;
    this.#ready = new Promise((resolve) => (this.#markReady = resolve));
    all.add(this);
  }

  get mainFrame(): FramePlace {
    return this.#frames.main;
  }
  getURL(): string {
    return this.#frames.main.url;
  }
  getTitle(): string {
    return this.#title;
  }
  isDestroyed(): boolean {
    return this.#destroyed;
  }
  isLoading(): boolean {
    return this.#loading;
  }
  focus(): void {
    void this.cdp('Page.bringToFront').catch(() => {});
  }
  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler;
  }
  setWebRTCIPHandlingPolicy(_policy: string): void {}

  send(channel: string, ...args: unknown[]): void {
    const text = encodeMessage(channel, args);
    void this.#ready.then(() => this.#toPreload(this.#frames.preloadContext(), text));
  }

  setZoomFactor(factor: number): void {
    if (!(factor > 0)) throw new Error("'zoomFactor' must be a double greater than 0.0");
    this.#zoomFactor = factor;
    void this.#ready
      .then(() => this.cdp('Runtime.evaluate', { expression: `document.documentElement.style.zoom=${String(factor)}` }))
      .catch(() => {});
  }
  getZoomFactor(): number {
    return this.#zoomFactor;
  }
  setZoomLevel(level: number): void {
    this.setZoomFactor(1.2 ** level);
  }
  getZoomLevel(): number {
    return Math.log(this.#zoomFactor) / Math.log(1.2);
  }
  async setVisualZoomLevelLimits(_minimum: number, _maximum: number): Promise<void> {}

  async executeJavaScript(code: string): Promise<unknown> {
    await this.#ready;
    type Evaluated = {
      result: { value?: unknown };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    };
    const got = await this.cdp<Evaluated>('Runtime.evaluate', {
      expression: code,
      allowUnsafeEvalBlockedByCSP: false,
      awaitPromise: true,
      returnByValue: true,
    });
    if (got.exceptionDetails !== undefined)
      throw new Error(got.exceptionDetails.exception?.description ?? got.exceptionDetails.text);
    return got.result.value;
  }

  // ---- What follows is for the stand-in's own window, not for the app.

  cdp<T = unknown>(method: string, params: object = {}): Promise<T> {
    if (this.#chromium === undefined || this.#target === undefined)
      return Promise.reject(new Error(`${method}: the page is not there yet`));
    return this.#chromium.cdp.send<T>(method, params, this.#target.sessionId);
  }

  get targetId(): string | undefined {
    return this.#target?.targetId;
  }

  /** Takes the page that Chromium made and prepares it before anything loads. */
  async attach(chromium: Chromium, target: PageTarget, events: Pick<TargetEvents, 'onGone'>): Promise<void> {
    this.#chromium = chromium;
    this.#target = target;
    chromium.follow(target, {
      onGone: events.onGone,
      onEvent: (method, params) => this.#event(method, params),
    });
    const prepared = [
      this.cdp('Page.enable'),
      this.cdp('Runtime.enable'),
      this.cdp('Page.setLifecycleEventsEnabled', { enabled: true }),
      this.cdp('Fetch.enable', { patterns: [{ urlPattern: '*' }] }),
      this.cdp('Runtime.addBinding', { name: SEND_BINDING, executionContextName: WORLD }),
      this.#putScripts(),
      this.cdp('Runtime.runIfWaitingForDebugger'),
    ];
    await Promise.all(prepared);
    this.#markReady();
  }

  /** The page's clock follows the app's. */
  async followClock(): Promise<void> {
    if (this.#target === undefined) return;
    await this.#putScripts();
    const expression = moveDateScript(wallShiftMs());
    const worlds = [{ expression }, { expression, contextId: this.#frames.preloadContext() }];
    await Promise.all(worlds.map((world) => this.cdp('Runtime.evaluate', world).catch(() => {})));
  }

  async loadURL(url: string): Promise<void> {
    await this.#ready;
    await this.#setPermissions(url);
    this.#programmatic = toInner(url);
    this.#loading = true;
    const { loaderId, errorText } = await this.cdp<{ loaderId?: string; errorText?: string }>('Page.navigate', {
      url: this.#programmatic,
    });
    if (errorText !== undefined) {
      this.#loading = false;
      this.emit('did-fail-load', eventOf({}), -2, errorText, url, true);
      throw new Error(`${errorText} loading '${url}'`);
    }
    if (loaderId !== undefined) await this.#whenLoaded(loaderId);
  }

  /** The page is gone for good. */
  markDestroyed(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    all.delete(this);
    this.#lifecycle();
    this.emit('destroyed');
  }

  async #whenLoaded(loaderId: string): Promise<void> {
    if (this.#loaded.has(loaderId) || this.#destroyed) return;
    await new Promise<void>((resolve) => (this.#lifecycle = resolve));
    await this.#whenLoaded(loaderId);
  }

  // New scripts first: a document that starts in between must not be without.
  async #putScripts(): Promise<void> {
    const before = this.#scripts;
    const file = this.#preferences.preload;
    const source = file === undefined ? '' : readFileSync(file, 'utf8');
    const args = this.#preferences.additionalArguments ?? [];
    const added = await Promise.all([
      this.#addScript({ source: pageWorldScript(this.#token, wallShiftMs()) }),
      this.#addScript({
        worldName: WORLD,
        source: preloadWorldScript(this.#token, file ?? '', source, args, wallShiftMs()),
      }),
    ]);
    this.#scripts = added;
    await Promise.all(before.map((identifier) => this.cdp('Page.removeScriptToEvaluateOnNewDocument', { identifier })));
  }

  async #addScript(script: { source: string; worldName?: string }): Promise<string> {
    const { identifier } = await this.cdp<{ identifier: string }>('Page.addScriptToEvaluateOnNewDocument', script);
    return identifier;
  }

  async #setPermissions(url: string): Promise<void> {
    const origin = /^https:\/\/[^/]*/.exec(toInner(url))?.[0];
    if (origin === undefined || this.#chromium === undefined) return;
    // The handler is given this page, as the part of it that the stand-in offers.
    const contents = this as unknown as Electron.WebContents;
    for (const [electron, name] of PERMISSIONS) {
      const setting = (await isPermitted(contents, electron)) ? 'granted' : 'denied';
      await this.#chromium.cdp.send('Browser.setPermission', { origin, permission: { name }, setting }).catch(() => {});
    }
  }

  #event(method: string, params: unknown): void {
    // The shape of each event is the protocol's own.
    switch (method) {
      case 'Runtime.executionContextCreated': {
        const { context } = params as ContextCreated;
        this.#frames.contextCreated(context.id, context.auxData.frameId, context.name === WORLD);
        return;
      }
      case 'Runtime.executionContextsCleared':
        return this.#frames.contextsCleared();
      case 'Runtime.bindingCalled':
        return void this.#fromPage(params as { payload: string; executionContextId: number });
      case 'Fetch.requestPaused':
        return void this.#request(params as PausedRequest);
      case 'Page.frameNavigated':
        return this.#navigated((params as { frame: { id: string; parentId?: string; url: string } }).frame);
      case 'Page.windowOpen':
        return this.#opened((params as { url: string }).url);
      case 'Page.frameDetached':
        return this.#frames.detached((params as { frameId: string }).frameId);
      case 'Page.lifecycleEvent':
        return this.#lived(params as Lifecycle);
      case 'Page.domContentEventFired':
        return void this.emit('dom-ready', eventOf({}));
      case 'Runtime.consoleAPICalled':
        return this.#console(params as { type: string; args: { value?: unknown; description?: string }[] });
      case 'Runtime.exceptionThrown':
        return this.#threw(params as { exceptionDetails: { text: string; exception?: { description?: string } } });
      case 'Target.targetCrashed':
        return void this.emit('render-process-gone', eventOf({}), { reason: 'crashed', exitCode: 5 });
      default:
    }
  }

  #navigated(frame: { id: string; parentId?: string; url: string }): void {
    this.#frames.navigated(frame.id, frame.parentId, toOuter(frame.url));
    if (frame.parentId !== undefined) return;
    this.emit('did-navigate', eventOf({}), this.getURL(), 200, 'OK');
  }

  #lived({ frameId, loaderId, name }: Lifecycle): void {
    if (name !== 'load' || !this.#frames.isMain(frameId)) return;
    this.#loaded.add(loaderId);
    this.#loading = false;
    if (this.getURL().startsWith('data:text/html,<title>window-')) return;
    this.emit('did-finish-load', eventOf({}));
    this.#lifecycle();
  }

  #console(said: { type: string; args: { value?: unknown; description?: string }[] }): void {
    const message = said.args
      .map((arg) => arg.description ?? (typeof arg.value === 'string' ? arg.value : JSON.stringify(arg.value)))
      .join(' ');
    const level = said.type === 'error' ? 'error' : said.type === 'warning' ? 'warning' : 'info';
    this.emit(
      'console-message',
      eventOf({ level, message, lineNumber: 0, sourceId: this.getURL(), frame: this.mainFrame }),
    );
    report('console', { level, message });
    if (message.startsWith('Unable to load preload script'))
      this.emit('preload-error', eventOf({}), this.#preferences.preload ?? '', new Error(message));
  }

  #threw({ exceptionDetails }: { exceptionDetails: { text: string; exception?: { description?: string } } }): void {
    const message = exceptionDetails.exception?.description ?? exceptionDetails.text;
    this.emit(
      'console-message',
      eventOf({ level: 'error', message, lineNumber: 0, sourceId: this.getURL(), frame: this.mainFrame }),
    );
    report('page-error', { message });
  }

  async #fromPage({ payload, executionContextId }: { payload: string; executionContextId: number }): Promise<void> {
    const frame = this.#frames.ofContext(executionContextId);
    const reply = (channel: string, ...args: unknown[]): void => this.send(channel, ...args);
    // Electron's event carries whole WebContents and frames; the stand-in's carry what it offers of them.
    const event = eventOf({
      type: 'frame',
      sender: this,
      senderFrame: frame,
      frameId: frame?.routingId ?? 0,
      processId: frame?.processId ?? 0,
      ports: [],
      reply,
    });
    const answer = await serveIpc(JSON.parse(payload) as FromPage, event as unknown as Electron.IpcMainInvokeEvent);
    if (answer !== undefined) this.#toPreload(executionContextId, JSON.stringify(answer));
  }

  #toPreload(contextId: number | undefined, text: string): void {
    if (contextId === undefined) return;
    const expression = `${RECEIVE_FUNCTION}(${JSON.stringify(text)})`;
    void this.cdp('Runtime.evaluate', { contextId, expression }).catch(() => {});
  }

  async #request(paused: PausedRequest): Promise<void> {
    const url = toOuter(paused.request.url);
    if (paused.resourceType === 'Document' && !this.#mayNavigate(paused, url)) {
      await this.cdp('Fetch.failRequest', { requestId: paused.requestId, errorReason: 'Aborted' }).catch(() => {});
      return;
    }
    await serveRequest((method, params) => this.cdp(method, params), paused, this.id);
  }

  // What the app itself asked for is not announced; what the page wants is, and may be refused.
  #mayNavigate(paused: PausedRequest, url: string): boolean {
    const isMainFrame = this.#frames.isMain(paused.frameId);
    if (isMainFrame && this.#programmatic === paused.request.url) {
      this.#programmatic = undefined;
      return true;
    }
    const frame = this.#frames.byId(paused.frameId);
    const event = eventOf({ url, isMainFrame, isSameDocument: false, frame, initiator: this.mainFrame });
    this.emit('will-frame-navigate', event);
    if (isMainFrame) this.emit('will-navigate', event, url, false, true, 1, 1);
    return !event.defaultPrevented;
  }

  #opened(url: string): void {
    const details: Electron.HandlerDetails = {
      url: toOuter(url),
      frameName: '',
      features: '',
      disposition: 'new-window',
      referrer: { url: '', policy: 'default' },
    };
    const answer = this.#openHandler?.(details);
    report('window-open', { url: details.url, action: answer?.action ?? 'none' });
    // Without a handler Electron would open a window: the stand-in has none for that.
    if (answer?.action !== 'deny') console.error(`The stand-in refuses to open a window for ${details.url}`);
  }
}
