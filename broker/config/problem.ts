// One fault in a configuration file, said so that its author finds it. Never quotes the value: it may be a secret.

export type ConfigProblem = {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  /** Place inside the document, as `resources[2].upstream.url`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
};

export function formatProblem({ file, line, column, path, message }: ConfigProblem): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}
