// What the parts of the stand-in share while the app runs: its Chromium, its X connection, its session bus.
// Each is opened when it is first needed, and all end with the app.
import path from 'node:path';
import dbus from 'dbus-next';
import { Chromium } from './chromium.ts';
import { onCommand } from './control.ts';
import { XDisplay } from './x-display.ts';

let chromium: Chromium | undefined;
let display: Promise<XDisplay> | undefined;
const buses = new Map<'session' | 'system', Promise<dbus.MessageBus>>();

/** Starts Chromium, once, with its profile in the app's own data folder, as in Electron. */
export function openChromium(userData: () => string): Chromium {
  chromium ??= new Chromium(path.join(userData(), 'chromium'));
  return chromium;
}

export function openDisplay(): Promise<XDisplay> {
  display ??= XDisplay.connect();
  return display;
}

export function openBus(kind: 'session' | 'system'): Promise<dbus.MessageBus> {
  const opened =
    buses.get(kind) ??
    new Promise<dbus.MessageBus>((resolve, reject) => {
      const bus = kind === 'session' ? dbus.sessionBus() : dbus.systemBus();
      bus.on('error', reject);
      bus.on('connect', () => resolve(bus));
    });
  buses.set(kind, opened);
  return opened;
}

/** Ends all of them. */
export async function closeHost(): Promise<void> {
  await chromium?.close();
  await display?.then((open) => open.close()).catch(() => {});
  for (const bus of buses.values()) await bus.then((open) => open.disconnect()).catch(() => {});
}

/** Ends Chromium at once, without a farewell. */
export function killHost(): void {
  chromium?.kill();
}

onCommand('endpoint', () => chromium?.endpoint());
