// Tells the person outside the window. A click leads to the screen it is about; a button acts only when the guard lets it.
// Notifications of an earlier run do nothing at all.
import { Notification } from 'electron';
import type { Log, Notice, NoticeAction, NoticePort } from '../agent/ports.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import { judgePress } from './notice-guard.ts';
import { noticeText } from './notice-text.ts';

type Options = {
  readonly log: Log;
  readonly locked: () => boolean;
  readonly onOpen: (route: Route) => void;
  /** The route is where to lead when the action is refused. */
  readonly onAction: (action: NoticeAction, route: Route) => void;
};

type Shown = { readonly notification: Notification; shownAtMs: number | null };

/** Gives the port, and forgets what earlier runs left in the system's list. */
export function createNotices({ log, locked, onOpen, onAction }: Options): NoticePort {
  const shown = new Map<string, Shown>();
  dropEarlierRuns(log);

  const withdraw = (tag: string): void => {
    const entry = shown.get(tag);
    shown.delete(tag);
    entry?.notification.close();
  };

  const press = (notice: Notice, entry: Shown, index: number): void => {
    const verdict = judgePress({
      shownAtMs: entry.shownAtMs,
      nowMs: performance.now(),
      locked: locked(),
      current: shown.get(notice.tag) === entry,
    });
    const action = notice.actions[index];
    if (!verdict.counts) {
      log.info('notice.press_ignored', { because: verdict.because });
      // Systems take a pressed notification away: what was not answered is asked again, also when somebody pressed it
      // on the locked screen.
      if (verdict.because !== 'stale') show(notice);
      return;
    }
    if (action === undefined) return;
    withdraw(notice.tag);
    onAction(action, notice.route);
  };

  const show = (notice: Notice): void => {
    if (!Notification.isSupported()) return;
    withdraw(notice.tag);
    const entry: Shown = { notification: build(notice), shownAtMs: performance.now() };
    const { notification } = entry;
    shown.set(notice.tag, entry);
    // The second counts from when it can be seen; a system may show it late.
    notification.on('show', () => (entry.shownAtMs = performance.now()));
    notification.on('action', ({ actionIndex }) => press(notice, entry, actionIndex));
    notification.on('click', () => {
      if (shown.get(notice.tag) === entry && !locked()) onOpen(notice.route);
    });
    notification.on('close', () => {
      if (shown.get(notice.tag) === entry) shown.delete(notice.tag);
    });
    notification.on('failed', () => log.info('notice.failed'));
    notification.show();
  };
  return { show, withdraw };
}

function build(notice: Notice): Notification {
  const { title, body, labels } = noticeText(notice, process.platform);
  return new Notification({
    title,
    body,
    urgency: notice.urgency,
    timeoutType: notice.urgency === 'critical' ? 'never' : 'default',
    silent: notice.urgency === 'low',
    actions: labels.map((text) => ({ type: 'button', text })),
  });
}

function dropEarlierRuns(log: Log): void {
  if (process.platform === 'darwin') Notification.removeAll();
  // Told of every press, those on leftovers of earlier runs too: what counts comes by the notification's own events.
  if (process.platform === 'win32')
    Notification.handleActivation(({ type }) =>
      log.info('notice.activated', { type: type === 'action' ? 'action' : 'other' }),
    );
}
