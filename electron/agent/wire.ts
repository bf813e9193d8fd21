// Makes the parts of the session and lets them know each other. No part is asked for anything before all are there.
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import { err, type Result } from '#shared/domain/result.ts';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import type { DeviceKey } from '#shared/device/device-proof.ts';
import type { ConnectionPort } from './connection/connection-port.ts';
import { createApproverNews } from './approvals/approver-news.ts';
import type { BrokerHost } from './embedded-broker/broker-host.ts';
import { createEndGrants } from './grants/end-grants.ts';
import { createReleaser, type Releaser } from './grants/release.ts';
import { watchCopies } from './grants/watch-copies.ts';
import { createWarnings } from './grants/warnings.ts';
import type { Keychain } from './keychain-port.ts';
import { watchKeychain } from './keychain-state.ts';
import type { Kept, SessionStore } from './kept/kept.ts';
import { createOutcomeNotices } from './notices/outcome-notices.ts';
import type { Outbox } from './outbox-port.ts';
import type { ClipboardPort, Log, NoticePort, PresencePort, SettingsPort, Timers } from './ports.ts';
import { problemOf, signInProblem } from './problem-words.ts';
import { createPresets } from './presets/presets.ts';
import { createAsking } from './requests/ask.ts';
import { createBeginByItself } from './requests/begin-by-itself.ts';
import { createRequesterNews } from './requests/requester-news.ts';
import { createCollector, type Collector } from './requests/collect.ts';
import { createErasedReader } from './session/forget-erased.ts';
import { inBackground } from './session/in-background.ts';
import { watchReachable } from './session/offline.ts';
import { createReactions } from './session/react.ts';
import { openSession, type Reactions } from './session/session.ts';
import type { Person } from './session/person.ts';
import type { SessionDeps } from './session/session-deps.ts';
import type { DeskSinks } from './sinks/sinks-port.ts';
import type { Deadlines, TrustedTime } from './time-port.ts';
import type { Vault } from './vault/vault.ts';
import { createSnapshot } from './view/snapshot.ts';
import { buildState } from './view/state.ts';

export type AgentParts = {
  readonly version: string;
  readonly host: BrokerHost;
  readonly connection: ConnectionPort;
  readonly sinks: DeskSinks;
  /** Asked for only while the broker counts as ready. */
  readonly deviceKey: () => DeviceKey;
  /** Opened with `sessionMigrations` among others; whoever opened it closes it after the agent. */
  readonly store: SessionStore;
  readonly vault: Vault;
  readonly outbox: Outbox;
  readonly keychain: Pick<Keychain, 'probe'>;
  readonly time: TrustedTime;
  readonly deadlines: Deadlines;
  readonly timers: Timers;
  readonly clipboard: Pick<ClipboardPort, 'write'>;
  readonly presence: PresencePort;
  readonly settings: SettingsPort;
  readonly notices: NoticePort;
  readonly log: Log;
  /** Whose session of the operating system this is. */
  readonly osUser: string;
  /** Told once how to find the client of who is shown: the log is sent in that person's name. */
  readonly onSession: (client: () => BrokerClient | null) => void;
};

export function wire(parts: AgentParts, kept: Kept) {
  const { time } = parts;
  const snapshot = createSnapshot(() => buildState(stateParts), time.now);
  const shared = {
    ...parts,
    kept,
    notices: createOutcomeNotices(parts.notices),
    answeredHere: new Set<string>(),
    ensureFresh: async () => await ensureFresh(parts.connection),
    changed: snapshot.changed,
  };
  const deps: SessionDeps = { ...shared, shown: () => session.shown(), personOf: (user) => session.personOf(user) };
  const keychain = watchKeychain({ keychain: parts.keychain, timers: parts.timers, changed: snapshot.changed });
  const presets = createPresets(deps);
  const releaser = createReleaser(deps);
  const warnings = createWarnings(deps);
  const collector: Collector = createCollector(deps, {
    stored: async (person, copy) => {
      const { requestId, user, resource, issued } = copy;
      const held = { request_id: requestId, user, resource, grant_id: issued?.grantId ?? null, state: 'held' } as const;
      kept.believeCheckout(held);
      // The credential is here and shown; the note on disk still says that a collect was begun, which is enough.
      inBackground(deps.log, 'note a check-out', async () => await kept.putCheckout(held));
      deps.notices.requestGone(requestId);
      copies.look();
      await ends.replaced(copy);
      // It may have been ended before this machine knew of it.
      if (issued !== null) person.rereadGrant(issued.grantId);
    },
    refused: async (requestId) => {
      await undoCollect(kept, releaser, requestId);
      await keychain.look();
    },
  });
  let reactions: Reactions | null = null;
  const caughtUp = new WeakSet<Person>();
  const session = openSession({
    deps: shared,
    deviceKey: parts.deviceKey,
    osUser: parts.osUser,
    erased: createErasedReader({ kept, signOut: async () => await signOut() }),
    reactions: () => {
      if (reactions === null) throw new Error('news before the agent is wired');
      return reactions;
    },
  });
  const copies = watchCopies(deps, releaser, warnings);
  const ends = createEndGrants(deps, copies, releaser);
  const beginByItself = createBeginByItself(deps, collector);
  reactions = createReactions(deps, {
    collector,
    beginByItself,
    requesterNews: createRequesterNews(deps),
    approverNews: createApproverNews(deps),
    copies,
    releaser,
    warnings,
    caughtUp: (person) => {
      caughtUp.add(person);
      parts.outbox.syncNow();
      presets.refresh(person);
    },
  });
  /** Of an embedded broker there is no sign-in; what its user held ends with the grants. */
  const signOut = async (): Promise<void> => {
    const { signIn } = parts.connection;
    if (signIn === null) return;
    await ends.forSignOut();
    await signIn.signOut();
  };
  const { offlineSinceMs } = watchReachable(deps);
  const stateParts = {
    deps,
    version: parts.version,
    connection: parts.connection.view,
    collector,
    presets,
    keychain: keychain.state,
    offlineSinceMs,
    diskFull: () => isDiskFull(parts),
    sinks: parts.sinks.cards,
  };
  const asking = createAsking(deps, presets);
  /** Null until the broker has let the person in once: before that it knows neither them nor this device. */
  const client = (): BrokerClient | null => {
    const person = session.shown();
    return person !== null && caughtUp.has(person) ? person.client : null;
  };
  return { client, deps, snapshot, session, copies, releaser, collector, ends, presets, keychain, asking };
}

async function ensureFresh({ signIn }: ConnectionPort): Promise<Result<null, CommandProblem>> {
  // An embedded broker never asks for it.
  if (signIn === null) return err(problemOf('embedded_only'));
  const done = await signIn.ensureFresh();
  return done.ok ? done : err(signInProblem(done.error));
}

/** Whatever the broker may have begun for a collect that failed here is given back. */
async function undoCollect(kept: Kept, releaser: Releaser, requestId: string): Promise<void> {
  const checkout = kept.checkout(requestId);
  if (checkout !== undefined) await releaser.due(checkout);
  await releaser.send();
}

function isDiskFull({ outbox, host }: Pick<AgentParts, 'outbox' | 'host'>): boolean {
  const recordable = outbox.canRecordGrant();
  const state = host.state();
  return (
    (!recordable.ok && recordable.error === 'disk_full') || (state.kind === 'failed' && state.code === 'disk_full')
  );
}
