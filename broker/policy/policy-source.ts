// Cuts a policy file into its statements and keeps where each came from. Knows Cedar's lexing, not its meaning.
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { indexOfByte, positionAt, type PolicyProblem } from './policy-problem.ts';

export type PolicyFile = { readonly file: string; readonly text: string };

/** One policy as its author wrote it, annotations included. */
export type Statement = { readonly source: PolicyFile; readonly text: string; readonly start: number };

/** Cedar's own name for what may go wrong, as far as it is used here. */
type CedarError = Pick<cedar.DetailedError, 'message' | 'help' | 'sourceLocations' | 'related'>;

// A comment, a string with its escapes, or the end of a statement; whatever else is between does not matter.
const LEXEME = /\/\/[^\n]*|"(?:\\[\s\S]|[^"\\])*"|;/g;
const BLANK = /^(?:\s|\/\/[^\n]*(?:\n|$))*/;

/**
 * The statements of a file in their order. Refuses what Cedar cannot parse, and templates (nothing here links them).
 * Cedar's own split must find the same texts, so that no statement is ever overlooked.
 */
export function splitPolicies(source: PolicyFile): Result<readonly Statement[], readonly PolicyProblem[]> {
  const parts = cedar.policySetTextToParts(source.text);
  if (parts.type === 'failure') {
    return err(parts.errors.map((error) => cedarProblem(error, source, 0, 'syntax')));
  }
  if (parts.policy_templates.length > 0) {
    const start = Math.max(0, source.text.indexOf(parts.policy_templates[0] ?? ''));
    return err([
      {
        file: source.file,
        ...positionAt(source.text, start),
        code: 'template',
        message: 'templates are not supported: write the principal and the resource',
      },
    ]);
  }
  const statements = cutStatements(source);
  const mine = statements.map((statement) => statement.text).toSorted();
  const theirs = parts.policies.toSorted();
  if (mine.length !== theirs.length || mine.some((text, index) => text !== theirs[index])) {
    return err([
      { file: source.file, line: 1, column: 1, code: 'syntax', message: 'the file cannot be cut into policies' },
    ]);
  }
  return ok(statements);
}

function cutStatements(source: PolicyFile): readonly Statement[] {
  const statements: Statement[] = [];
  let from = 0;
  for (const lexeme of source.text.matchAll(LEXEME)) {
    if (lexeme[0] !== ';') continue;
    const end = lexeme.index + 1;
    const start = from + (BLANK.exec(source.text.slice(from, end))?.[0].length ?? 0);
    statements.push({ source, text: source.text.slice(start, end), start });
    from = end;
  }
  return statements;
}

/** A problem at an index into the statement's own text. */
export function statementProblem(
  statement: Statement,
  index: number,
  code: PolicyProblem['code'],
  message: string,
): PolicyProblem {
  return { file: statement.source.file, ...positionAt(statement.source.text, statement.start + index), code, message };
}

/** A problem at the first match of `pattern` outside comments and strings, or at the start of the statement. */
export function problemAt(
  statement: Statement,
  pattern: RegExp,
  code: PolicyProblem['code'],
  message: string,
): PolicyProblem {
  const bare = statement.text.replace(LEXEME, (lexeme) => (lexeme === ';' ? lexeme : ' '.repeat(lexeme.length)));
  return statementProblem(statement, Math.max(0, bare.search(pattern)), code, message);
}

/** Turns Cedar's error, whose offsets count from `start` of the file, into file, line and column. */
export function cedarProblem(
  error: CedarError,
  source: PolicyFile,
  start: number,
  code: PolicyProblem['code'],
): PolicyProblem {
  const location = error.sourceLocations?.[0];
  const index = location === undefined ? 0 : indexOfByte(source.text.slice(start), location.start);
  const label = location?.label;
  const message = [error.message, label, error.help]
    .filter((part) => part !== null && part !== undefined && part !== '')
    .join('; ');
  return { file: source.file, ...positionAt(source.text, start + index), code, message };
}
