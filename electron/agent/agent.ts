// The desktop's core as the shell sees it: a state to show, commands to run, and what happened to the machine.
import type { CommandName } from '#shared/contracts/desktop/channels.ts';
import type { CommandParsed, CommandProblem, CommandResult } from '#shared/contracts/desktop/commands.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import type { Result } from '#shared/domain/result.ts';
import type { ManagedSinksPort } from './sinks/sinks-port.ts';
import type { BrowserPort, ClipboardPort, Log, NoticeAction, NoticePort, PresencePort, SettingsPort } from './ports.ts';

/** Commands that only the shell can do: they are about windows, dialogs and the program itself. */
export type ShellCommand = 'hide-window' | 'quit' | 'get-route' | 'export-log' | 'choose-sink-folder';
export type AgentCommand = Exclude<CommandName, ShellCommand>;

export type AgentCommands = {
  readonly [N in AgentCommand]: (args: CommandParsed<N>) => Promise<Result<CommandResult<N>, CommandProblem>>;
};

export type Agent = {
  readonly state: () => DesktopState;
  /** Told after each change, at most once a turn of the event loop. */
  readonly subscribe: (listener: () => void) => () => void;
  readonly commands: AgentCommands;
  /** A button on a notification of this run. Refused while locked, and when the request or its scope is another. */
  readonly act: (action: NoticeAction) => Promise<Result<null, CommandProblem>>;
  /** Writes both exports under a folder: `desktop/` and, with an embedded broker, `ledger/`. Gives the records of the first. */
  readonly exportLogs: (folder: string) => Promise<Result<{ readonly records: number }, CommandProblem>>;
  /** The machine slept and woke, the clock was set, the session was locked or unlocked. */
  readonly machine: (event: 'suspend' | 'resume' | 'clock_changed' | 'lock' | 'unlock') => Promise<void>;
  /** Wipes what is to be wiped at quit, records the stop, closes everything. Safe to call twice. */
  readonly close: () => Promise<void>;
};

/** What an agent is opened with: where its data is, which broker it starts, and the world around it. */
export type AgentOptions = {
  readonly dataFolder: string;
  /** The embedded broker's configuration. */
  readonly configFile: string;
  /** Of this program, for records and the window. */
  readonly version: string;
  /** The entry of the embedded broker's thread. */
  readonly brokerWorker: URL;
  /** The team's broker that the organisation set; null: the person chooses. */
  readonly managedBroker: string | null;
  /** Where the organisation has the log sent besides the broker. */
  readonly managedSinks: ManagedSinksPort;
  readonly ports: {
    readonly browser: BrowserPort;
    readonly clipboard: ClipboardPort;
    readonly presence: PresencePort;
    readonly notices: NoticePort;
    readonly settings: SettingsPort;
    readonly log: Log;
  };
};
