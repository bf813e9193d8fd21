// Every command of the window, one function each. A command that breaks answers `internal`; what broke goes to the log
// without what was sent.
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import type { Settings } from '#shared/contracts/desktop/settings.ts';
import type { SnippetKind } from '#shared/contracts/desktop/cards.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { AgentCommands } from './agent.ts';
import { answerRequest } from './approvals/answer.ts';
import { connectionCommands, type ConnectionCommand } from './connection/connection-commands.ts';
import { oversightCommands, type OversightCommand } from './oversight/oversight-commands.ts';
import { privacyCommands, type PrivacyCommand } from './oversight/privacy-commands.ts';
import type { CommandParts } from './command-parts.ts';
import { readHistory } from './history/history.ts';
import type { Log } from './ports.ts';
import { acceptProblem, keyProblem, problemOf, useProblem } from './problem-words.ts';
import type { Person } from './session/person.ts';
import { databaseSnippet, isDatabaseSnippet } from './snippets/database-snippets.ts';
import { sinksCommands, type SinksCommand } from './sinks/sinks-commands.ts';
import { snippet } from './snippets/snippets.ts';
import type { LocalCopy } from './vault/vault.ts';
import { snippetsOf } from './view/grant-card.ts';

type Reply<T> = Promise<Result<T, CommandProblem>>;

export function createCommands(parts: CommandParts): AgentCommands {
  const commands: AgentCommands = {
    ...requestCommands(parts),
    ...grantCommands(parts),
    ...deskCommands(parts),
    ...connectionCommands(parts),
    ...oversightCommands(parts),
    ...privacyCommands(parts),
    ...sinksCommands(parts),
  };
  return guarded(commands, parts.deps.log);
}

type RequestCommand =
  | 'nudge'
  | 'preview'
  | 'ask'
  | 'confirm'
  | 'start'
  | 'withdraw'
  | 'dismiss-request'
  | 'answer'
  | 'history';
type GrantCommand = 'copy-token' | 'copy-snippet' | 'done' | 'end-everything' | 'retry-wipe';

function requestCommands({ deps, asking, collector }: CommandParts): Pick<AgentCommands, RequestCommand> {
  const asPerson = async <T>(run: (person: Person) => Reply<T>): Reply<T> => {
    const person = deps.shown();
    const { kind } = deps.host.state();
    if (person === null)
      return err(problemOf(kind === 'ready' ? 'no_person' : kind === 'signed_out' ? kind : 'broker_unreachable'));
    const reply = await run(person);
    // It was not reached because nobody is signed in: that has other words, and another way out.
    const signedOut = !reply.ok && reply.error.code === 'broker_unreachable' && deps.host.state().kind === 'signed_out';
    return signedOut ? err(problemOf('signed_out')) : reply;
  };
  return {
    preview: async (wish) => await asPerson((person) => asking.preview(person, wish)),
    ask: async ({ wish, attempt }) => await asPerson((person) => asking.ask(person, wish, attempt)),
    confirm: async (given) => await asPerson((person) => asking.confirm(person, given)),
    start: async ({ requestId }) => await asPerson((person) => collector.start(person, requestId)),
    nudge: async ({ requestId }) => await asPerson((person) => asking.nudge(person, requestId)),
    withdraw: async ({ requestId }) => await asPerson((person) => asking.withdraw(person, requestId)),
    'dismiss-request': async ({ requestId }) => await asking.dismiss(requestId),
    answer: async (given) => await asPerson((person) => answerRequest(deps, person, given, 'window')),
    history: async (query) => await asPerson((person) => readHistory(deps, person, query)),
  };
}

function grantCommands({ deps, ends, clipboard }: CommandParts): Pick<AgentCommands, GrantCommand> {
  const withCopy = async <T>(grantId: string, run: (copy: LocalCopy) => Reply<T>): Reply<T> => {
    const user = deps.shown()?.user;
    const copy = deps.vault.copies().find((held) => held.issued?.grantId === grantId && held.user === user);
    return copy === undefined ? err(problemOf('not_known')) : await run(copy);
  };
  return {
    'copy-token': async ({ grantId }) =>
      await withCopy(grantId, async ({ collectId }) => {
        if (deps.presence.locked()) return err(problemOf('locked'));
        const copied = await deps.vault.copyToken(collectId, deps.settings.state().values.clipboardClearMs);
        return copied.ok ? copied : err(useProblem(copied.error));
      }),
    'copy-snippet': async ({ grantId, kind }) =>
      await withCopy(grantId, async ({ issued, state, resource }) => {
        if (state !== 'stored' || issued === null) return err(problemOf('not_active'));
        if (!snippetsOf(resource, issued).includes(kind)) return err(problemOf('not_known'));
        try {
          await clipboard.write(snippetText(kind, resource, issued), { concealed: false });
        } catch (error) {
          deps.log.trouble('copy a snippet', error);
          return err(problemOf('clipboard_failed'));
        }
        return ok(null);
      }),
    done: async ({ grantId }) => await withCopy(grantId, ends.done),
    'end-everything': async () => ok(await ends.everything()),
    'retry-wipe': async ({ grantId }) => await withCopy(grantId, ends.retryWipe),
  };
}

/** Throws for what the access has no such snippet of. */
function snippetText(kind: SnippetKind, resource: string, { url, target }: NonNullable<LocalCopy['issued']>): string {
  if (!isDatabaseSnippet(kind)) return snippet({ kind, resource, url: url ?? '' });
  if (target === null) throw new TypeError('not a database login');
  return databaseSnippet(kind, target);
}

function deskCommands(
  parts: CommandParts,
): Omit<
  AgentCommands,
  RequestCommand | GrantCommand | ConnectionCommand | OversightCommand | PrivacyCommand | SinksCommand
> {
  const { deps, session, keychain, presets } = parts;
  const { kept, outbox, host } = deps;
  return {
    'get-state': async () => ok(parts.state()),
    'verify-log': async () => {
      await outbox.verifyNow();
      return ok(null);
    },
    'choose-person': async ({ user }) => ((await session.choose(user)) ? ok(null) : err(problemOf('not_known'))),
    'change-setting': async (change) => {
      // What is not named stays as it is; the types want it absent, not undefined.
      const given: Partial<Settings> = Object.fromEntries(
        Object.entries(change).filter(([, value]) => value !== undefined),
      );
      const changed = await deps.settings.change(given);
      return changed.ok ? changed : err(problemOf(changed.error));
    },
    'set-favourite': async ({ resource, favourite }) => {
      const person = deps.shown();
      if (person === null) return err(problemOf('no_person'));
      await kept.setFavourite(person.user, resource, favourite);
      presets.refresh(person);
      deps.changed();
      return ok(null);
    },
    'accept-clock': async () => {
      await deps.time.acceptJump();
      deps.changed();
      return ok(null);
    },
    'change-device-key': async () => {
      const changed = await outbox.changeKey();
      return changed.ok ? changed : err(keyProblem(changed.error));
    },
    'accept-ledger': async () => {
      const accepted = await outbox.acceptLedger();
      deps.changed();
      return accepted.ok ? accepted : err(acceptProblem(accepted.error));
    },
    'use-memory-only': async ({ agree }) => {
      await kept.setValue('memory_only', agree ? 'yes' : 'no');
      deps.changed();
      return ok(null);
    },
    retry: async ({ what }) => {
      if (what === 'keychain') await keychain.look();
      else if (what === 'sync') outbox.syncNow();
      else {
        host.retry();
        if (host.state().kind === 'ready') session.rereadAll();
      }
      return ok(null);
    },
    'close-welcome': async () => {
      await kept.setValue('welcome_read', 'yes');
      deps.changed();
      return ok(null);
    },
  };
}

/** Nothing that is thrown reaches the window: it may quote what it was about. */
function guarded(commands: AgentCommands, log: Log): AgentCommands {
  const entries = Object.entries(commands).map(([name, run]) => [
    name,
    async (args: never) => {
      try {
        return await (run as (args: never) => Reply<unknown>)(args);
      } catch (error) {
        log.trouble(`command ${name}`, error);
        return err(problemOf('internal'));
      }
    },
  ]);
  // Same names, same arguments, same results: only what is thrown is another.
  return Object.fromEntries(entries) as AgentCommands;
}
