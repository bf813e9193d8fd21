// Tells the person once, outside the window, when a place that the log goes to needs them. What they were told of is kept:
// the same trouble is told no second time, also after a restart, and it is forgotten when it is over.
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import type { Notice, NoticePort } from '../ports.ts';

/** What of the log needs a person now: the broker's part, and each sink by its name. */
export function logTroubles({ sync, sinks }: Pick<DesktopState, 'sync' | 'sinks'>): readonly string[] {
  return [
    ...(sync.kind === 'alarm' ? [`alarm ${sync.code}`] : []),
    ...sinks.flatMap(({ name, needsLook }) => (needsLook ? [`sink ${name}`] : [])),
  ];
}

type Options = {
  readonly notices: Pick<NoticePort, 'show' | 'withdraw'>;
  /** What was told the last time, as it was kept. */
  readonly told: () => string | null;
  readonly keep: (told: string) => Promise<void>;
};

const TAG = 'log-trouble';

/** Gives what is to be called after each change of the state. */
export function tellLogTrouble({ notices, told, keep }: Options): (state: DesktopState) => Promise<void> {
  let known: readonly string[] = readTold(told());
  return async (state) => {
    const now = logTroubles(state);
    const fresh = now.filter((trouble) => !known.includes(trouble));
    const isOver = known.length > 0 && now.length === 0;
    const isSame = now.length === known.length && fresh.length === 0;
    known = now;
    if (fresh.length > 0) notices.show(noticeOf(fresh));
    else if (isOver) notices.withdraw(TAG);
    if (!isSame) await keep(JSON.stringify(now));
  };
}

function noticeOf(fresh: readonly string[]): Notice {
  const isAlarm = fresh.some((trouble) => trouble.startsWith('alarm '));
  const [sink] = fresh.filter((trouble) => trouble.startsWith('sink ')).map((trouble) => trouble.slice('sink '.length));
  return {
    tag: TAG,
    title: isAlarm ? 'The log and the broker do not agree' : 'The log does not reach every place that it should',
    body: isAlarm
      ? 'No new access until somebody has looked at it.'
      : `Nothing is lost: what waits is kept and sent again. Look at ${sink ?? 'it'} in Settings.`,
    urgency: isAlarm ? 'critical' : 'normal',
    route: { screen: 'sinks' },
    actions: [],
  };
}

function readTold(text: string | null): readonly string[] {
  try {
    const told: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(told) ? told.filter((each) => typeof each === 'string') : [];
  } catch {
    return [];
  }
}
