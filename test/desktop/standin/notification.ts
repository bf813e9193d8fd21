// Notifications through the desktop's own daemon, with its buttons. What Electron offers on macOS and Windows only is
// not there or never happens.
import dbus from 'dbus-next';
import { randomUUID } from 'node:crypto';
import type * as Electron from 'electron';
import { app } from './app.ts';
import { openBus } from './host.ts';
import { NotInStandIn, emitterOf, eventOf } from './missing.ts';

const DAEMON = {
  destination: 'org.freedesktop.Notifications',
  path: '/org/freedesktop/Notifications',
  interface: 'org.freedesktop.Notifications',
};
const URGENCY = { low: 0, normal: 1, critical: 2 } as const;
const CLOSE_REASONS: readonly Electron.NotificationCloseEventParams['reason'][] = [
  undefined,
  'timedOut',
  'userCanceled',
  'applicationHidden',
];
const OPTIONS = new Set([
  'title',
  'body',
  'actions',
  'urgency',
  'timeoutType',
  'silent',
  'icon',
  'subtitle',
  'closeButtonText',
  'id',
  'groupId',
  'hasReply',
  'sound',
  'toastXml',
]);
type Offered = 'show' | 'close' | 'title' | 'body' | 'actions' | 'silent' | 'id' | 'urgency' | 'timeoutType';

const shown = new Map<number, Notification>();
let listening: Promise<dbus.MessageBus> | undefined;

export class Notification
  extends emitterOf('Notification', ['show', 'click', 'close', 'action', 'failed', 'reply'])
  implements Pick<Electron.Notification, Offered>
{
  static isSupported(): boolean {
    return true;
  }
  // Windows only: never called back here.
  static handleActivation(_callback: (details: Electron.ActivationArguments) => void): void {}
  // macOS only.
  static getHistory(): Promise<Notification[]> {
    return Promise.resolve([]);
  }

  title: string;
  body: string;
  actions: Electron.NotificationAction[];
  silent: boolean;
  readonly id: string;
  urgency: 'normal' | 'critical' | 'low';
  timeoutType: 'default' | 'never';
  #daemonId: Promise<number> | undefined;

  constructor(options: Electron.NotificationConstructorOptions = {}) {
    super();
    const unknown = Object.keys(options).find((name) => !OPTIONS.has(name));
    if (unknown !== undefined) throw new NotInStandIn(`the notification option '${unknown}'`);
    this.title = options.title ?? '';
    this.body = options.body ?? '';
    this.actions = options.actions ?? [];
    this.silent = options.silent ?? false;
    this.id = options.id ?? randomUUID();
    this.urgency = options.urgency ?? 'normal';
    this.timeoutType = options.timeoutType ?? 'default';
  }

  show(): void {
    const before = this.#daemonId;
    this.#daemonId = Promise.resolve(before).then(async (id) => {
      if (id !== undefined) await closeShown(id);
      return this.#notify();
    });
    this.#daemonId.then(
      () => this.emit('show', eventOf({})),
      (error: unknown) => console.error('The notification could not be shown:', error),
    );
  }
  close(): void {
    void this.#daemonId?.then(closeShown, () => {});
  }

  async #notify(): Promise<number> {
    const bus = await listen();
    const buttons = this.actions
      .filter(({ type }) => type === 'button')
      .flatMap(({ text }, index) => [String(index), text ?? '']);
    const hints: Record<string, dbus.Variant> = { urgency: new dbus.Variant('y', URGENCY[this.urgency]) };
    if (this.silent) hints['suppress-sound'] = new dbus.Variant('b', true);
    const timeoutMs = this.timeoutType === 'never' ? 0 : -1;
    // Electron's own label of the default action: some daemons draw a button for it.
    const body = [app.getName(), 0, '', this.title, this.body, ['default', 'View', ...buttons], hints, timeoutMs];
    const reply = await bus.call(new dbus.Message({ ...DAEMON, member: 'Notify', signature: 'susssasa{sv}i', body }));
    const id = Number(reply?.body[0]);
    shown.set(id, this);
    return id;
  }
}

async function closeShown(id: number): Promise<void> {
  const bus = await listen();
  // One that is closed already is no longer known to the daemon.
  await bus
    .call(new dbus.Message({ ...DAEMON, member: 'CloseNotification', signature: 'u', body: [id] }))
    .catch(() => {});
}

function listen(): Promise<dbus.MessageBus> {
  listening ??= openBus('session').then(async (bus) => {
    bus.on('message', (message) => {
      if (message.type === dbus.MessageType.SIGNAL && message.interface === DAEMON.interface) hear(message);
    });
    const match = `type='signal',interface='${DAEMON.interface}'`;
    const daemon = {
      destination: 'org.freedesktop.DBus',
      path: '/org/freedesktop/DBus',
      interface: 'org.freedesktop.DBus',
    };
    await bus.call(new dbus.Message({ ...daemon, member: 'AddMatch', signature: 's', body: [match] }));
    return bus;
  });
  return listening;
}

function hear({ member, body }: dbus.Message): void {
  const [id, what] = body as [number, string | number];
  const notification = shown.get(id);
  if (notification === undefined) return;
  if (member === 'ActionInvoked' && what === 'default') notification.emit('click', eventOf({}));
  else if (member === 'ActionInvoked')
    notification.emit('action', eventOf({ actionIndex: Number(what), selectionIndex: -1 }), Number(what), -1);
  else if (member === 'NotificationClosed') {
    shown.delete(id);
    notification.emit('close', eventOf({ reason: CLOSE_REASONS[Number(what)] }));
  }
}
