import { expect, it } from 'vitest';
import { emptyDue, markEvent } from '#electron/agent/session/due.ts';

const event = (kind: string) => ({ id: 1, kind, at: '', requestId: null, grantId: null, resource: null });

it.each(['config.changed', 'account.changed', 'person.enabled'])(
  'reads everything again after %s: anything may wait for this person now, or not any more',
  (kind) => {
    const due = emptyDue();
    expect(markEvent(due, event(kind))).toBe(true);
    expect(due.everything).toBe(true);
  },
);

it('reads nothing for what changes nothing that is shown', () => {
  expect(markEvent(emptyDue(), event('use.started'))).toBe(false);
});
