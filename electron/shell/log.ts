// The app's log on stderr: one JSON object a line. Never a secret: error texts are cut down to what cannot carry one.
import type { Log } from '../agent/ports.ts';

type Write = (line: string) => void;

// Anything long and unbroken may be a token, a key or a part of one.
const TOKEN_LIKE = /[A-Za-z0-9_+/=.-]{20,}/g;
const MAX_TEXT = 300;

/** Gives a log that writes to stderr, or to `write` in tests. */
export function createLog(write: Write = openStderr()): Log {
  const put = (level: 'info' | 'trouble', event: string, facts: Readonly<Record<string, unknown>>): void => {
    try {
      write(`${JSON.stringify({ level, event, ...facts })}\n`);
    } catch {
      // A closed stderr must not end the app.
    }
  };
  return {
    info: (event, facts = {}) => put('info', event, facts),
    trouble: (event, error, facts = {}) => put('trouble', event, { ...facts, ...describeError(error) }),
  };
}

/** Whoever read it may go away, as a terminal that is closed: that is told later, by an event that would end the app. */
function openStderr(): Write {
  process.stderr.on('error', () => undefined);
  return (line) => process.stderr.write(line);
}

/** Name, code and a shortened text of an error; places in the code for the unexpected. */
export function describeError(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  // JSON.parse quotes its input in its message.
  const message = error instanceof SyntaxError ? {} : { message: clean(error.message) };
  const at = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 4)
    .map((line) => line.trim().replace(/^at /, ''))
    .join(' < ');
  return { error: error.name, ...code, ...message, ...(at === '' ? {} : { at: at.slice(0, 4 * MAX_TEXT) }) };
}

function clean(text: string): string {
  // A run of letters alone is a name or a path; every kind of token has digits within that length.
  return text.replace(TOKEN_LIKE, (run) => (/\d/.test(run) || run.length > 80 ? '…' : run)).slice(0, MAX_TEXT);
}
