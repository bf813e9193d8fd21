// What an administrator is told of a change that waits for them. Names come last; whose data it is about stands in the
// window alone, not on a screen that others may see.
import type { BrokerEvent } from '#shared/contracts/broker-api.ts';
import type { HeldChangeView } from '#shared/contracts/oversight-api.ts';
import { cleanLine } from '../clean-text.ts';
import type { NoticePort } from '../ports.ts';

/** Events after which it may be somebody's turn, or nobody's any more. */
const MOVED: ReadonlySet<string> = new Set([
  'config.held',
  'erasure.proposed',
  'hold.release_proposed',
  'change.answered',
]);

export function isChangeNews({ kind }: BrokerEvent): boolean {
  return MOVED.has(kind);
}

export type ChangeNotices = {
  /** To an administrator whose answer would count. */
  readonly change: (view: HeldChangeView) => void;
  readonly changeGone: (changeId: string) => void;
};

const TITLES: Readonly<Record<HeldChangeView['kind'], string>> = {
  sensitivity_downgrade: 'A lower sensitivity waits for a second person',
  break_glass_policy: 'A change of emergency access waits for a second person',
  erasure: 'An erasure waits for a second person',
  hold_release: 'The release of a legal hold waits for a second person',
};

const changeTag = (id: string): string => `change:${id}`;

export function changeNotices({ show, withdraw }: NoticePort): ChangeNotices {
  return {
    change: ({ id, kind, proposedBy }) =>
      show({
        tag: changeTag(id),
        title: TITLES[kind],
        body: `Read it, then agree or refuse. Asked for by ${cleanLine(proposedBy, 80)}`,
        urgency: 'normal',
        route: { screen: 'oversight', part: 'changes' },
        actions: [],
      }),
    changeGone: (id) => withdraw(changeTag(id)),
  };
}
