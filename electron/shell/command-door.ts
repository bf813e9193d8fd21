// The one way from the window to a command: right sender, right arguments, one function, a result of the right shape.
// Knows nothing of Electron. Never logs what was sent.
import type { Log } from '../agent/ports.ts';
import {
  COMMANDS,
  type CommandParsed,
  type CommandProblem,
  type CommandResult,
} from '#shared/contracts/desktop/commands.ts';
import type { CommandName } from '#shared/contracts/desktop/channels.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { limitLog } from './limited-log.ts';

export type CommandHandlers = {
  readonly [N in CommandName]: (args: CommandParsed<N>) => Promise<Result<CommandResult<N>, CommandProblem>>;
};

export type Answer = Result<unknown, CommandProblem>;

export type Knock = {
  /** The sender is the main frame of our own window, at our own address. */
  readonly fromOurWindow: boolean;
  /** Whom the window showed when it sent this, as its preload says: the `user` of `me`, or null. */
  readonly shown: unknown;
  readonly args: readonly unknown[];
};

/** What is done in somebody's name: never in another's than the window showed when the button was pressed. */
const IN_A_NAME: ReadonlySet<CommandName> = new Set([
  'preview',
  'ask',
  'confirm',
  'start',
  'withdraw',
  'dismiss-request',
  'copy-token',
  'copy-snippet',
  'done',
  'retry-wipe',
  'answer',
  'history',
  'set-favourite',
  'nudge',
  'who-has-what',
  'people',
  'revoke-grant',
  'end-person',
  'set-disabled',
  'review',
  'answer-finding',
  'add-sink',
  'remove-sink',
  'set-sink-secret',
  'resend-sink',
  'changes',
  'desktops',
  'answer-change',
]);

export type DoorOptions = {
  readonly handlers: CommandHandlers;
  readonly log: Log;
  /** The `user` of who is shown now, or null. */
  readonly shown: () => string | null;
};

// A person presses one button at a time; the form asks for previews. More at once is a broken or hostile window.
const MAX_RUNNING = 64;

/** Gives the door: always answers, never throws, whatever came. */
export function createCommandDoor({
  handlers,
  log,
  shown: shownNow,
}: DoorOptions): (name: CommandName, knock: Knock) => Promise<Answer> {
  const limited = limitLog(log);
  let running = 0;
  return async (name, { fromOurWindow, shown, args }) => {
    if (!fromOurWindow) {
      limited.info('command.stranger', { command: name });
      return err(problem('stranger'));
    }
    const parsed = COMMANDS[name].args.safeParse(args[0]);
    if (args.length !== 1 || !parsed.success) {
      limited.info('command.malformed', { command: name });
      return err(problem('malformed'));
    }
    if (IN_A_NAME.has(name) && shown !== shownNow()) {
      limited.info('command.another_person', { command: name });
      return err(problem('another_person'));
    }
    if (running >= MAX_RUNNING) {
      limited.info('command.busy', { command: name });
      return err(problem('busy'));
    }
    running += 1;
    try {
      return await run(handlers, name, parsed.data);
    } catch (error) {
      limited.trouble('command.failed', error, { command: name });
      return err(problem('internal'));
    } finally {
      running -= 1;
    }
  };
}

async function run(handlers: CommandHandlers, name: CommandName, args: unknown): Promise<Answer> {
  // The schema of this very name gave the arguments: TypeScript cannot follow a name through both tables.
  const handler = handlers[name] as (args: unknown) => Promise<Answer>;
  const answer = await handler(args);
  // Parsing drops what the schema does not have, so that nothing rides along by accident.
  return answer.ok ? ok(COMMANDS[name].result.parse(answer.value)) : err(plain(answer.error));
}

function plain({ code, title, detail }: CommandProblem): CommandProblem {
  return { code, title, detail };
}

const TITLES = {
  stranger: 'This was not asked by the Daypass window.',
  malformed: 'Daypass did not understand its own window.',
  another_person: 'Somebody else is shown now. Look again.',
  busy: 'Too much at once. Try again.',
  internal: 'Something went wrong inside Daypass.',
} as const;

function problem(code: keyof typeof TITLES): CommandProblem {
  return { code, title: TITLES[code], detail: null };
}
