// What this start is told: by the organisation, else by flags, else by the environment, else as shipped. Pure.
import path from 'node:path';
import { findLink } from './link-scheme.ts';
import type { ManagedSettings } from './managed-settings.ts';

export type LaunchOptions = {
  readonly dataFolder: string;
  /** Null: the data folder's own, else the shipped example. */
  readonly configFile: string | null;
  /** Started at login: no window. */
  readonly hidden: boolean;
  /** A `daypass://` address that started the app. */
  readonly link: string | null;
};

type Start = {
  /** Without the program's own name. Chromium's switches may stand among them. */
  readonly argv: readonly string[];
  readonly environment: { readonly config: string | null; readonly data: string | null };
  readonly managed: Pick<ManagedSettings, 'configFile' | 'dataFolder'>;
  readonly defaultDataFolder: string;
  readonly workingFolder: string;
};

/** Relative paths count from the working folder. An empty value counts as not given. */
export function launchOptions({ argv, environment, managed, defaultDataFolder, workingFolder }: Start): LaunchOptions {
  const from = (value: string | null): string | null => (value === null ? null : path.resolve(workingFolder, value));
  return {
    dataFolder: managed.dataFolder ?? from(flag(argv, 'data') ?? environment.data) ?? defaultDataFolder,
    configFile: managed.configFile ?? from(flag(argv, 'config') ?? environment.config),
    hidden: argv.includes('--hidden'),
    link: findLink(argv),
  };
}

/** `--name VALUE` or `--name=VALUE`; the last one counts. */
function flag(argv: readonly string[], name: string): string | null {
  let found: string | null = null;
  for (const [index, argument] of argv.entries()) {
    if (argument.startsWith(`--${name}=`)) found = argument.slice(name.length + 3);
    else if (argument === `--${name}`) found = valueAfter(argv, index) ?? found;
  }
  return found === '' ? null : found;
}

function valueAfter(argv: readonly string[], index: number): string | null {
  const value = argv[index + 1];
  return value === undefined || value.startsWith('-') ? null : value;
}

type Places = {
  readonly told: string | null;
  readonly dataFolder: string;
  readonly examplesFolder: string;
  readonly exists: (file: string) => boolean;
};

/** The broker's configuration: as told, else the data folder's own, else the shipped example. */
export function chooseConfigFile({ told, dataFolder, examplesFolder, exists }: Places): string {
  if (told !== null) return told;
  const own = path.join(dataFolder, 'daypass.yaml');
  return exists(own) ? own : path.join(examplesFolder, 'solo', 'daypass.yaml');
}
