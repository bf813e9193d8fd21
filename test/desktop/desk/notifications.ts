// What the desktop's notification daemon was told and what became of it, listened to on the bus; and its pop-ups, which
// are clicked with the mouse.
import dbus from 'dbus-next';
import { callBus, connectBus } from '../private-desktop/bus.ts';
import { type PrivateDesktop } from '../private-desktop/start.ts';
import { type PopupTarget, clickPopup } from './popups.ts';
import { until } from '../until.ts';

const INTERFACE = 'org.freedesktop.Notifications';
const DAEMON = { destination: INTERFACE, path: '/org/freedesktop/Notifications', interface: INTERFACE };
const CLICKS = 5;
const CLICK_HEARD_MS = 2000;
const DEFAULT = 'default';
const URGENCIES = ['low', 'normal', 'critical'] as const;

export type ShownNotification = {
  readonly id: number;
  readonly title: string;
  readonly body: string;
  /** The labels of its buttons, from left to right. */
  readonly actions: readonly string[];
  readonly urgency: (typeof URGENCIES)[number];
  readonly closed: boolean;
};
/** A text that the title or the body contains, or an expression that one of them fits. */
export type NotificationMatch = string | RegExp;

type Button = { readonly key: string; readonly label: string };
type Told = Omit<ShownNotification, 'id' | 'closed'> & { readonly buttons: readonly Button[] };

export class Notifications implements Disposable {
  readonly #desktop: PrivateDesktop;
  readonly #bus: dbus.MessageBus;
  readonly #asked = new Map<string, Told>();
  readonly #shown = new Map<number, ShownNotification & { readonly buttons: readonly Button[] }>();

  private constructor(desktop: PrivateDesktop, bus: dbus.MessageBus) {
    this.#desktop = desktop;
    this.#bus = bus;
    bus.on('message', (message) => this.#hear(message));
    // We overhear calls to others: to answer one would be to answer for them.
    bus.addMethodHandler(() => true);
  }

  /** Starts to listen, on a connection of its own. */
  static async listen(desktop: PrivateDesktop): Promise<Notifications> {
    const bus = await connectBus(desktop.env['DBUS_SESSION_BUS_ADDRESS'] ?? '');
    const notifications = new Notifications(desktop, bus);
    const daemon = {
      destination: 'org.freedesktop.DBus',
      path: '/org/freedesktop/DBus',
      interface: 'org.freedesktop.DBus',
    };
    const rules = [
      `eavesdrop='true',type='method_call',interface='${INTERFACE}',member='Notify'`,
      `eavesdrop='true',type='method_return',sender='${INTERFACE}'`,
      `eavesdrop='true',type='signal',interface='${INTERFACE}'`,
    ];
    for (const rule of rules) await callBus(bus, { ...daemon, member: 'AddMatch', signature: 's', body: [rule] });
    return notifications;
  }

  /** All that were ever shown on this desk, oldest first. */
  list(): readonly ShownNotification[] {
    return [...this.#shown.values()].map(({ buttons: _buttons, ...notification }) => notification);
  }

  /** Waits for the newest open one that fits. */
  async find(match: NotificationMatch): Promise<ShownNotification> {
    return until(`the notification ${String(match)}`, () =>
      this.list().findLast((shown) => !shown.closed && fits(shown, match)),
    );
  }

  /** Presses one of its buttons with the mouse. */
  async press(match: NotificationMatch, actionLabel: string): Promise<void> {
    const shown = await this.find(match);
    if (!shown.actions.includes(actionLabel))
      throw new Error(`The notification has no button '${actionLabel}', only: ${shown.actions.join(', ')}`);
    await this.#pressButton(shown.id, ({ key, label }) => key !== DEFAULT && label === actionLabel);
  }

  /** Opens what it is about: this daemon draws a button for that too. */
  async click(match: NotificationMatch): Promise<void> {
    await this.#pressButton((await this.find(match)).id, ({ key }) => key === DEFAULT);
  }

  /** Puts it away with the mouse, as a person who does not want to answer. */
  async dismiss(match: NotificationMatch): Promise<void> {
    await this.#clickUntilClosed((await this.find(match)).id, 'away');
  }

  /** Forgets what was shown, and takes all pop-ups off the screen. */
  async clear(): Promise<void> {
    for (const { id, closed } of this.list()) {
      if (!closed) await this.#close(id);
    }
    this.#shown.clear();
  }

  [Symbol.dispose](): void {
    this.#bus.disconnect();
  }

  async #pressButton(id: number, isIt: (button: Button) => boolean): Promise<void> {
    const buttons = this.#shown.get(id)?.buttons ?? [];
    await this.#clickUntilClosed(id, { button: buttons.findIndex(isIt), of: buttons.length });
  }

  async #close(id: number): Promise<void> {
    // One that the daemon no longer knows is closed.
    await callBus(this.#desktop.bus, { ...DAEMON, member: 'CloseNotification', signature: 'u', body: [id] }).catch(
      () => {},
    );
  }

  // A pop-up that was just drawn may not listen yet; the daemon closes one that heard a click.
  async #clickUntilClosed(id: number, target: PopupTarget['target']): Promise<void> {
    const isClosed = (): true | undefined => (this.#shown.get(id)?.closed === true ? true : undefined);
    for (let tries = 0; tries < CLICKS; tries += 1) {
      await clickPopup(this.#desktop, { index: this.#placeOf(id), target });
      const closed = await until('the notification to close', isClosed, CLICK_HEARD_MS).catch(() => false);
      if (closed) return;
    }
    throw new Error('The notification did not hear the mouse');
  }

  // The daemon stacks its pop-ups from the oldest on.
  #placeOf(id: number): number {
    return this.list()
      .filter(({ closed }) => !closed)
      .findIndex((shown) => shown.id === id);
  }

  #hear(message: dbus.Message): void {
    if (message.type === dbus.MessageType.METHOD_CALL && message.member === 'Notify') {
      this.#asked.set(`${message.sender} ${String(message.serial)}`, toTold(message.body));
    } else if (message.type === dbus.MessageType.METHOD_RETURN) {
      const told = this.#asked.get(`${message.destination} ${message.replySerial}`);
      const id = Number(message.body[0]);
      if (told !== undefined) this.#shown.set(id, { ...told, id, closed: false });
    } else if (message.type === dbus.MessageType.SIGNAL && message.member === 'NotificationClosed') {
      const shown = this.#shown.get(Number(message.body[0]));
      if (shown !== undefined) this.#shown.set(shown.id, { ...shown, closed: true });
    }
  }
}

function toTold(body: readonly unknown[]): Told {
  // Notify's own signature: name, replaces, icon, summary, body, actions, hints, timeout.
  const [, , , title, text, actions, hints] = body as [
    string,
    number,
    string,
    string,
    string,
    string[],
    Record<string, dbus.Variant<number>>,
  ];
  const pairs = Array.from({ length: actions.length / 2 }, (_none, at) => ({
    key: actions[at * 2] ?? '',
    label: actions[at * 2 + 1] ?? '',
  }));
  // The daemon draws no button without a label.
  const buttons = pairs.filter(({ label }) => label !== '');
  const urgency = URGENCIES[hints['urgency']?.value ?? 1] ?? 'normal';
  const labels = buttons.filter(({ key }) => key !== DEFAULT).map(({ label }) => label);
  return { title, body: text, actions: labels, urgency, buttons };
}

function fits({ title, body }: ShownNotification, match: NotificationMatch): boolean {
  return [title, body].some((text) => (match instanceof RegExp ? match.test(text) : text.includes(match)));
}
