// The one object that the preload puts into the window: `window.daypass`.
import type { Result } from '../../domain/result.ts';
import type { CommandName } from './channels.ts';
import type { CommandArgs, CommandProblem, CommandResult } from './commands.ts';
import type { Route } from './route.ts';
import type { DesktopState } from './state.ts';

export type DaypassBridge = {
  /** Sends a command. Expected refusals are values; a rejected promise is broken machinery. */
  readonly send: <N extends CommandName>(
    name: N,
    args: CommandArgs<N>,
  ) => Promise<Result<CommandResult<N>, CommandProblem>>;
  /** Told of each new snapshot. Gives the way to stop. */
  readonly onState: (listener: (state: DesktopState) => void) => () => void;
  readonly onRoute: (listener: (route: Route) => void) => () => void;
};
