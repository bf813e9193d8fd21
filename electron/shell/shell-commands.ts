// The commands that only the shell can do: about the window, a dialog and the program itself.
import type { Agent, ShellCommand } from '../agent/agent.ts';
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { CommandHandlers } from './command-door.ts';
import type { MainWindow } from './window.ts';
import type { BrowserWindow } from 'electron';

type Options = {
  readonly agent: Agent;
  readonly window: Pick<MainWindow, 'hide' | 'takeRoute' | 'visible'>;
  readonly quit: () => void;
  readonly askFolder: (parent: BrowserWindow | null) => Promise<string | null>;
};

/** All commands: the shell's own beside the agent's. */
export function allCommands({ agent, window, quit, askFolder }: Options): CommandHandlers {
  let exporting = false;
  const exportLog = async (): Promise<Result<{ folder: string | null; records: number }, CommandProblem>> => {
    // One question at a time, however often the window asks.
    if (exporting) return err({ code: 'busy', title: 'An export is already going on.', detail: null });
    exporting = true;
    try {
      const folder = await askFolder(window.visible());
      if (folder === null) return ok({ folder: null, records: 0 });
      const exported = await agent.exportLogs(folder);
      return exported.ok ? ok({ folder, records: exported.value.records }) : exported;
    } finally {
      exporting = false;
    }
  };
  const own: Pick<CommandHandlers, ShellCommand> = {
    'hide-window': async () => {
      window.hide();
      return ok(null);
    },
    quit: async () => {
      quit();
      return ok(null);
    },
    'get-route': async () => ok(window.takeRoute()),
    'export-log': exportLog,
  };
  return { ...agent.commands, ...own };
}
