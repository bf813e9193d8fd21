// The desktop entry that starts the app at login on Linux, as the XDG autostart specification writes it. Pure.

/** `program` is the absolute path of what to start. Gives the file's text. A path with a line break has none. */
export function autostartEntry(program: string): string {
  if (/[\r\n\0]/.test(program)) throw new RangeError('a path with a line break cannot be started at login');
  return `${[
    '[Desktop Entry]',
    'Type=Application',
    'Name=Daypass',
    'Comment=Just-in-time access to datasets and AI models',
    `Exec=${quote(program)} --hidden`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
  ].join('\n')}\n`;
}

/** An argument of `Exec`: quoted, with the characters that a shell or the entry format would read escaped. */
function quote(argument: string): string {
  const inQuotes = argument.replace(/["`$\\]/g, (character) => `\\${character}`).replaceAll('%', '%%');
  // The whole value is a string of the entry format, where a backslash is written twice.
  return `"${inQuotes}"`.replaceAll('\\', '\\\\');
}
