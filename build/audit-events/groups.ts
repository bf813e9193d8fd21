// In which order and under which titles the events are told. A kind belongs to where its first word says.
import type { EventType } from './read-types.ts';

export type Group = { readonly title: string; readonly about: string; readonly kinds: readonly EventType[] };

type Place = {
  readonly log: EventType['log'];
  readonly title: string;
  readonly about: string;
  readonly words: readonly string[];
};

const PLACES: readonly Place[] = [
  {
    log: 'ledger',
    title: 'Requests and approvals',
    about: 'What people asked for, what policy said, and who answered.',
    words: ['request', 'approval'],
  },
  {
    log: 'ledger',
    title: 'Access',
    about: 'From when to when who could reach what, and that it really ended.',
    words: ['grant', 'credential'],
  },
  {
    log: 'ledger',
    title: 'Use',
    about: 'Every call through the gateway. What was asked for (path, query, content) is in no record.',
    words: ['use'],
  },
  {
    log: 'ledger',
    title: 'Oversight',
    about: 'Changes that need two people, unusual accesses, erasure and retention.',
    words: ['config', 'change', 'finding', 'erasure', 'subject', 'hold', 'retention'],
  },
  {
    log: 'ledger',
    title: 'People and devices',
    about: 'Which accounts and devices the broker knows, by random id.',
    words: ['account', 'person', 'device'],
  },
  {
    log: 'ledger',
    title: 'The broker and its log',
    about: 'The life of the broker, of its keys, and of the logs that it keeps and watches.',
    words: ['broker', 'key', 'ledger', 'audit', 'log', 'sink'],
  },
  {
    log: 'outbox',
    title: 'Credentials on a desktop',
    about: 'When a credential came onto a machine, where it went, and that it was deleted.',
    words: ['copy', 'clipboard', 'wipe'],
  },
  {
    log: 'outbox',
    title: 'The desktop',
    about: 'The life of the app and of the machine under it.',
    words: ['app', 'clock', 'keychain', 'settings', 'broker', 'sign_in', 'identity'],
  },
  {
    log: 'outbox',
    title: 'The log of a desktop',
    about: 'How a desktop hands its log over, where else it sends it, and how it watches the ledger.',
    words: ['checkpoint', 'sync', 'epoch', 'log', 'sink'],
  },
];

/** All kinds, each in one group; what no group claims comes last. */
export function groupsOf(types: readonly EventType[]): readonly Group[] {
  const firstWord = ({ name }: EventType): string => name.split('.', 1)[0] ?? name;
  const groups = PLACES.map(({ log, title, about, words }) => ({
    title,
    about,
    kinds: types.filter((type) => type.log === log && words.includes(firstWord(type))),
  }));
  const placed = new Set(groups.flatMap(({ kinds }) => kinds));
  const more = types.filter((type) => !placed.has(type));
  return more.length === 0 ? groups : [...groups, { title: 'More', about: 'Of either log.', kinds: more }];
}
