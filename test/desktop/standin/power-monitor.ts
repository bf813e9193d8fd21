// Suspend, resume and shutdown as logind tells them, as in Electron on Linux. Locking is not told there.
import dbus from 'dbus-next';
import type * as Electron from 'electron';
import { onCommand, report } from './control.ts';
import { resetClock, shiftClock } from './clock-shift.ts';
import { openBus } from './host.ts';
import { emitterOf, eventOf } from './missing.ts';
import { allWebContents } from './web-contents.ts';

const MANAGER = 'org.freedesktop.login1.Manager';
const EVENTS = [
  'suspend',
  'resume',
  'shutdown',
  'on-ac',
  'on-battery',
  'lock-screen',
  'unlock-screen',
  'user-did-become-active',
  'user-did-resign-active',
  'thermal-state-change',
  'speed-limit-change',
];
let idleMs = 0;

class PowerMonitor
  extends emitterOf('powerMonitor', EVENTS)
  implements
    Pick<Electron.PowerMonitor, 'getSystemIdleTime' | 'getSystemIdleState' | 'isOnBatteryPower' | 'onBatteryPower'>
{
  readonly onBatteryPower = false;
  getSystemIdleTime(): number {
    return Math.floor(idleMs / 1000);
  }
  getSystemIdleState(idleThreshold: number): 'active' | 'idle' {
    return this.getSystemIdleTime() >= idleThreshold ? 'idle' : 'active';
  }
  isOnBatteryPower(): boolean {
    return false;
  }
}

export const powerMonitor = new PowerMonitor();

/** Listens to logind, where there is one. */
export async function followLogind(): Promise<void> {
  const bus = await openBus('system');
  bus.on('message', (message) => {
    if (message.type === dbus.MessageType.SIGNAL && message.interface === MANAGER) hear(message);
  });
  const daemon = {
    destination: 'org.freedesktop.DBus',
    path: '/org/freedesktop/DBus',
    interface: 'org.freedesktop.DBus',
  };
  await bus.call(
    new dbus.Message({ ...daemon, member: 'AddMatch', signature: 's', body: [`type='signal',interface='${MANAGER}'`] }),
  );
  report('power-followed');
}

function hear({ member, body }: dbus.Message): void {
  const starting = body[0] === true;
  if (member === 'PrepareForSleep') powerMonitor.emit(starting ? 'suspend' : 'resume');
  else if (member === 'PrepareForShutdown' && starting) powerMonitor.emit('shutdown', eventOf({}));
  report('power', { member, starting });
}

async function pagesFollow(): Promise<void> {
  await Promise.all(allWebContents().map((contents) => contents.followClock()));
}

onCommand('idle', (ms) => void (idleMs = Number(ms)));
onCommand('shift-clock', async (byMs) => {
  shiftClock(byMs as { wall: number; boot: number });
  await pagesFollow();
});
onCommand('reset-clock', async () => {
  resetClock();
  await pagesFollow();
});
