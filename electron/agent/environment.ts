// The only place of the desktop that reads the process environment, by the names that it knows.

const read = (name: string): string | null => {
  const value = process.env[name];
  return value === undefined || value === '' ? null : value;
};

/** The environment as a whole, for looking at what a packaged app refuses to be started with. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** What a start is told by the environment: the broker's configuration file and the data folder. */
export function launchEnvironment(): { readonly config: string | null; readonly data: string | null } {
  return { config: read('DAYPASS_CONFIG'), data: read('DAYPASS_DATA') };
}

/** What the system tells by the environment only: Windows' folder for all people, an AppImage's file, the system bus. */
export function systemPlaces(): {
  readonly programData: string | null;
  readonly appImage: string | null;
  readonly systemBus: string | null;
} {
  return {
    programData: read('ProgramData'),
    appImage: read('APPIMAGE'),
    systemBus: read('DBUS_SYSTEM_BUS_ADDRESS'),
  };
}
