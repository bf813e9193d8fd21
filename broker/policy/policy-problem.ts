// Why a policy was refused, and where: file, line and column of the author's own text.

export type PolicyProblemCode =
  | 'syntax'
  | 'template'
  | 'id_missing'
  | 'id_invalid'
  | 'id_duplicate'
  | 'title_missing'
  | 'fix_unknown'
  | 'annotation_unknown'
  | 'action_name'
  | 'validation'
  | 'never_applies'
  | 'record_as_value'
  | 'claim_untrusted'
  | 'trust_empty'
  | 'trust_unused'
  | 'test_unknown'
  | 'unknown_slips_past'
  | 'approval_lowers_access'
  | 'too_many_approvals'
  | 'emergency_reason'
  | 'emergency_effect'
  | 'emergency_waits'
  | 'unsupported_expression';

export type PolicyProblem = {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  readonly code: PolicyProblemCode;
  readonly message: string;
};

/** Line and column, both from 1, of an index into the text. */
export function positionAt(text: string, index: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, index).split('\n');
  return { line: before.length, column: Array.from(before.at(-1) ?? '').length + 1 };
}

/** Cedar counts UTF-8 bytes; gives the index into the string. */
export function indexOfByte(text: string, byteOffset: number): number {
  return Buffer.from(text, 'utf8').subarray(0, byteOffset).toString('utf8').length;
}

/** `file:line:column: message [code]`, the way compilers write it. */
export function formatProblem(problem: PolicyProblem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message} [${problem.code}]`;
}
