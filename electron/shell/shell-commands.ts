// The commands that only the shell can do: about the window, a dialog and the program itself.
import type { Agent, ShellCommand } from '../agent/agent.ts';
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import { problemOf } from '../agent/problem-words.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { CommandHandlers } from './command-door.ts';
import type { MainWindow } from './window.ts';
import type { BrowserWindow } from 'electron';

type Options = {
  readonly agent: Agent;
  readonly window: Pick<MainWindow, 'hide' | 'takeRoute' | 'visible'>;
  readonly quit: () => void;
  readonly askFolder: (parent: BrowserWindow | null) => Promise<string | null>;
  readonly askSinkFolder: (parent: BrowserWindow | null) => Promise<string | null>;
};

/** All commands: the shell's own beside the agent's. */
export function allCommands({ agent, window, quit, askFolder, askSinkFolder }: Options): CommandHandlers {
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
  const sinkFolder = sinkFolders(agent, async () => await askSinkFolder(window.visible()));
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
    'choose-sink-folder': sinkFolder.choose,
  };
  return { ...agent.commands, 'add-sink': sinkFolder.add, ...own };
}

/** A window that was taken over could have the log appended to any file: into which folder is the system's question. */
function sinkFolders(
  agent: Pick<Agent, 'commands'>,
  ask: () => Promise<string | null>,
): { readonly choose: CommandHandlers['choose-sink-folder']; readonly add: CommandHandlers['add-sink'] } {
  const chosen = new Set<string>();
  let asking = false;
  return {
    choose: async () => {
      if (asking) return err({ code: 'busy', title: 'The question for the folder is open already.', detail: null });
      asking = true;
      try {
        const folder = await ask();
        if (folder !== null) chosen.add(folder);
        return ok({ folder });
      } finally {
        asking = false;
      }
    },
    add: async (wish) => {
      if (wish.kind === 'file' && !chosen.has(wish.folder)) return err(problemOf('sink_folder_not_chosen'));
      return await agent.commands['add-sink'](wish);
    },
  };
}
