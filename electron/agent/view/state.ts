// Builds the secret-free state of the desktop from what the parts say. Built once a turn at most, and only when asked.
import type { DesktopState, KeychainState } from '#shared/contracts/desktop/state.ts';
import type { SinkCard } from '#shared/contracts/desktop/sinks.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import { cleanLine } from '../clean-text.ts';
import { warningPoints } from '../grants/warning-points.ts';
import type { Presets } from '../presets/presets.ts';
import type { Collector } from '../requests/collect.ts';
import type { Person } from '../session/person.ts';
import type { SessionDeps } from '../session/session-deps.ts';
import type { LocalCopy } from '../vault/vault.ts';
import { approvalCard } from './approval-card.ts';
import { grantCard } from './grant-card.ts';
import { requestCard } from './request-card.ts';
import { catalogEntry } from './resource-card.ts';

export type StateParts = {
  readonly deps: SessionDeps;
  readonly version: string;
  readonly connection: () => DesktopState['connection'];
  readonly collector: Collector;
  readonly presets: Presets;
  readonly keychain: () => KeychainState;
  /** Since when the broker, though started, does not answer; null while it does. */
  readonly offlineSinceMs: () => EpochMs | null;
  readonly diskFull: () => boolean;
  readonly sinks: () => readonly SinkCard[];
};

export function buildState(parts: StateParts): DesktopState {
  const { deps } = parts;
  const { kept, host, time, outbox } = deps;
  const person = deps.shown();
  const nowMs = time.now();
  return {
    nowMs,
    version: parts.version,
    me: meOf(person),
    people: host.people().map(({ user, name }) => ({ user, name: cleanLine(name, 120) })),
    mode: host.mode,
    connection: parts.connection(),
    broker: brokerOf(parts),
    keychain: parts.keychain(),
    memoryOnly: kept.value('memory_only') === 'yes',
    disk: parts.diskFull() ? 'full' : 'ok',
    clockJump: time.jump(),
    locked: deps.presence.locked(),
    welcome: kept.value('welcome_read') !== 'yes',
    ...(person === null ? NOTHING : personal(parts, person, nowMs)),
    answeredHere: [...deps.answeredHere],
    sync: outbox.state(),
    sinks: [...parts.sinks().map(cleanCard)],
    verification: outbox.verification(),
    settings: deps.settings.state(),
  };
}

/** A path may be anybody's words. */
function cleanCard(card: SinkCard): SinkCard {
  return { ...card, target: cleanLine(card.target, 300) };
}

type Personal = Pick<DesktopState, 'catalog' | 'grants' | 'requests' | 'approvals' | 'presets'>;
const NOTHING: Personal = { catalog: [], grants: [], requests: [], approvals: [], presets: [] };

function personal(parts: StateParts, person: Person, nowMs: EpochMs): Personal {
  const { book } = person;
  const { deps, collector } = parts;
  const copies = deps.vault.copies().filter(({ user }) => user === person.user);
  const copyOf = new Map(copies.map((copy) => [copy.requestId, copy]));
  const catalog = book.catalog();
  return {
    catalog: [...catalog.values()].map((entry) => catalogEntry(entry, deps.kept.isFavourite(person.user, entry.id))),
    grants: grantCards(parts, person, copies, nowMs),
    requests: [...book.requests().values()]
      .flatMap((view) => {
        const card = requestCard(view, {
          nowMs,
          entry: catalog.get(view.resource.id),
          progress: collector.progress(view.id),
          copy: copyOf.get(view.id),
          dismissed: deps.kept.seen(view.id)?.dismissed ?? false,
        });
        return card === null ? [] : [card];
      })
      .sort((a, b) => b.createdAtMs - a.createdAtMs),
    approvals: [...book.approvals().values()]
      .map((view) =>
        approvalCard(view, {
          nowMs,
          mode: book.me()?.mode ?? 'embedded',
          entry: catalog.get(view.resource.id),
          answered: book.answered(),
        }),
      )
      .sort((a, b) => a.askedAtMs - b.askedAtMs),
    presets: [...parts.presets.list(person)],
  };
}

function grantCards(
  { collector }: StateParts,
  { book }: Person,
  copies: readonly LocalCopy[],
  nowMs: EpochMs,
): DesktopState['grants'] {
  const extensions = new Map<string, DesktopState['grants'][number]['extension']>();
  for (const view of book.requests().values()) {
    if (view.extends === null) continue;
    if (collector.progress(view.id).collecting)
      extensions.set(view.extends, { requestId: view.id, state: 'collecting' });
    else if (view.state === 'pending' || view.state === 'approved')
      extensions.set(view.extends, { requestId: view.id, state: 'waiting' });
  }
  return copies
    .flatMap((copy) => {
      const entry = book.catalog().get(copy.resource);
      const card = grantCard(copy, {
        nowMs,
        entry,
        request: book.requests().get(copy.requestId),
        warnBefore: warningPoints(copy, entry),
        extension: extensions.get(copy.issued?.grantId ?? '') ?? null,
      });
      return card === null ? [] : [card];
    })
    .sort((a, b) => a.endsAtMs - b.endsAtMs);
}

function meOf(person: Person | null): DesktopState['me'] {
  const me = person?.book.me();
  return person === null || me == null
    ? null
    : { user: person.user, name: cleanLine(me.name, 120), admin: me.admin, owner: me.owner };
}

function brokerOf({ deps, offlineSinceMs }: StateParts): DesktopState['broker'] {
  const state = deps.host.state();
  const sinceMs = offlineSinceMs();
  return state.kind === 'ready' && sinceMs !== null ? { kind: 'offline', sinceMs } : state;
}
