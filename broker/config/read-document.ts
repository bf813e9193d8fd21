// Reads a YAML file of the configuration against its schema. Every fault is given at once, each with its place.
import { open } from 'node:fs/promises';
import type { z } from 'zod';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { ConfigProblem } from './problem.ts';
import { readYamlDocument, type YamlDocument, type YamlSource } from './yaml-document.ts';

export type CheckedDocument<T> = { readonly value: T; readonly document: YamlDocument };

/** What to say of a member that the schema does not know. */
export type ExplainUnknown = (name: string) => string;

const MAX_BYTES = 4_194_304;
/** Nobody reads more at once, and finding the place of each takes a while. */
const MAX_PROBLEMS = 100;

/** The file's text as UTF-8. Whatever keeps it from being read is a problem, at the file's start. */
export async function readSource(file: string): Promise<Result<YamlSource, readonly ConfigProblem[]>> {
  const problem = (message: string) => err([{ file, line: 1, column: 1, path: '', message }]);
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    if (size > MAX_BYTES) return problem(`longer than ${MAX_BYTES} bytes`);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await handle.readFile());
    return ok({ file, text });
  } catch (error) {
    if (error instanceof TypeError) return problem('is not UTF-8 text');
    return problem(`cannot be read (${errorCode(error)})`);
  }
}

/** Parses the text against the schema: the value and the document to point into, or its first hundred problems. */
export function checkDocument<T>(
  source: YamlSource,
  schema: z.ZodType<T>,
  explainUnknown: ExplainUnknown = () => 'is not known',
): Result<CheckedDocument<T>, readonly ConfigProblem[]> {
  const document = readYamlDocument(source);
  if (!document.ok) return document;
  const parsed = schema.safeParse(document.value.value);
  if (parsed.success) return ok({ value: parsed.data, document: document.value });
  const issues = parsed.error.issues.slice(0, MAX_PROBLEMS);
  return err(issues.flatMap((issue) => problemsOf(issue, document.value, explainUnknown)).slice(0, MAX_PROBLEMS));
}

function problemsOf(issue: z.core.$ZodIssue, document: YamlDocument, explainUnknown: ExplainUnknown): ConfigProblem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .slice(0, MAX_PROBLEMS)
      .map((name) => document.problemAt([...path, name], explainUnknown(name), 'key'));
  }
  if (issue.code === 'invalid_key') {
    return [document.problemAt(path, issue.issues[0]?.message ?? issue.message, 'key')];
  }
  if (path.length > 0 && !document.has(path)) return [document.problemAt(path, 'is missing')];
  return [document.problemAt(path, issue.message)];
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
