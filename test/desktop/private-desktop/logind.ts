// A small login1 on the private system bus: sleep, shutdown, and one session that can be locked.
// Only what a desktop app listens to; nobody is really put to sleep or locked out.
import dbus from 'dbus-next';
import { connectBus } from './bus.ts';

const SESSION_PATH = '/org/freedesktop/login1/session/_31';
const SESSION_ID = '1';
const { Interface } = dbus.interface;

class LoginManager extends Interface {
  PrepareForSleep(starting: boolean): boolean {
    return starting;
  }
  PrepareForShutdown(starting: boolean): boolean {
    return starting;
  }
  ListSessions(): unknown[] {
    return [[SESSION_ID, process.getuid?.() ?? 0, 'person', 'seat0', SESSION_PATH]];
  }
  GetSession(_id: string): string {
    return SESSION_PATH;
  }
  GetSessionByPID(_pid: number): string {
    return SESSION_PATH;
  }
}
LoginManager.configureMembers({
  methods: {
    ListSessions: { outSignature: 'a(susso)' },
    GetSession: { inSignature: 's', outSignature: 'o' },
    GetSessionByPID: { inSignature: 'u', outSignature: 'o' },
  },
  signals: { PrepareForSleep: { signature: 'b' }, PrepareForShutdown: { signature: 'b' } },
});

class LoginSession extends Interface {
  locked = false;
  get LockedHint(): boolean {
    return this.locked;
  }
  get Active(): boolean {
    return true;
  }
  get Remote(): boolean {
    return false;
  }
  get Id(): string {
    return SESSION_ID;
  }
  get Type(): string {
    return 'x11';
  }
  get Class(): string {
    return 'user';
  }
  get State(): string {
    return 'active';
  }
  get User(): unknown[] {
    return [process.getuid?.() ?? 0, '/org/freedesktop/login1/user/self'];
  }
  Lock(): void {}
  Unlock(): void {}
}
const read = (signature: string): dbus.interface.PropertyOptions => ({ signature, access: 'read' });
LoginSession.configureMembers({
  properties: {
    LockedHint: read('b'),
    Active: read('b'),
    Remote: read('b'),
    Id: read('s'),
    Type: read('s'),
    Class: read('s'),
    State: read('s'),
    User: read('(uo)'),
  },
  signals: { Lock: { signature: '' }, Unlock: { signature: '' } },
});

export type Logind = {
  readonly prepareForSleep: (starting: boolean) => void;
  readonly prepareForShutdown: (starting: boolean) => void;
  /** Sends the signal of the session and moves its `LockedHint`. */
  readonly setLocked: (locked: boolean) => void;
  readonly close: () => void;
};

/** Serves login1 on the bus at `address`. */
export async function serveLogind(address: string): Promise<Logind> {
  const bus = await connectBus(address);
  const manager = new LoginManager('org.freedesktop.login1.Manager');
  const session = new LoginSession('org.freedesktop.login1.Session');
  bus.export('/org/freedesktop/login1', manager);
  bus.export(SESSION_PATH, session);
  bus.export('/org/freedesktop/login1/session/auto', session);
  await bus.requestName('org.freedesktop.login1', 0);
  return {
    prepareForSleep: (starting) => void manager.PrepareForSleep(starting),
    prepareForShutdown: (starting) => void manager.PrepareForShutdown(starting),
    setLocked: (locked) => {
      session.locked = locked;
      if (locked) session.Lock();
      else session.Unlock();
      Interface.emitPropertiesChanged(session, { LockedHint: locked }, []);
    },
    close: () => bus.disconnect(),
  };
}
