// What the desktop's notification daemon was told and what became of it, listened to on the bus; and its pop-ups, which
// are clicked with the mouse.
import dbus from 'dbus-next';
import { callBus, connectBus } from '../private-desktop/bus.ts';
import { type PrivateDesktop } from '../private-desktop/start.ts';
import { clickPopup } from './popups.ts';
import { until } from './until.ts';

const INTERFACE = 'org.freedesktop.Notifications';
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

type Told = Omit<ShownNotification, 'id' | 'closed'> & { readonly hasDefault: boolean };

export class Notifications implements Disposable {
  readonly #desktop: PrivateDesktop;
  readonly #bus: dbus.MessageBus;
  readonly #asked = new Map<string, Told>();
  readonly #shown = new Map<number, ShownNotification & { readonly hasDefault: boolean }>();

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
    return [...this.#shown.values()].map(({ hasDefault: _hasDefault, ...notification }) => notification);
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
    const at = shown.actions.indexOf(actionLabel);
    if (at < 0) throw new Error(`The notification has no button '${actionLabel}', only: ${shown.actions.join(', ')}`);
    await clickPopup(this.#desktop, {
      index: this.#placeOf(shown.id),
      target: { button: at, of: shown.actions.length },
    });
  }

  /** Clicks its text with the mouse. */
  async click(match: NotificationMatch): Promise<void> {
    const shown = await this.find(match);
    await clickPopup(this.#desktop, { index: this.#placeOf(shown.id), target: 'text' });
  }

  /** Puts it away with the mouse, as a person who does not want to answer. */
  async dismiss(match: NotificationMatch): Promise<void> {
    const shown = await this.find(match);
    await clickPopup(this.#desktop, { index: this.#placeOf(shown.id), target: 'away' });
    await until('the notification to close', () => (this.#shown.get(shown.id)?.closed === true ? true : undefined));
  }

  /** Forgets what was shown, and takes all pop-ups off the screen. */
  async clear(): Promise<void> {
    for (const { id, closed } of this.list()) {
      const daemon = { destination: INTERFACE, path: '/org/freedesktop/Notifications', interface: INTERFACE };
      if (!closed)
        await callBus(this.#desktop.bus, { ...daemon, member: 'CloseNotification', signature: 'u', body: [id] }).catch(
          () => {},
        );
    }
    this.#shown.clear();
  }

  [Symbol.dispose](): void {
    this.#bus.disconnect();
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
  const pairs = Array.from({ length: actions.length / 2 }, (_none, index) => actions.slice(index * 2, index * 2 + 2));
  const buttons = pairs.filter(([key]) => key !== 'default').map(([, label]) => label ?? '');
  const urgency = URGENCIES[hints['urgency']?.value ?? 1] ?? 'normal';
  return { title, body: text, actions: buttons, urgency, hasDefault: pairs.some(([key]) => key === 'default') };
}

function fits({ title, body }: ShownNotification, match: NotificationMatch): boolean {
  return [title, body].some((text) => (match instanceof RegExp ? match.test(text) : text.includes(match)));
}
