// A policy's conditions as a small tree that the loader's checks walk. Decoded from Cedar's own JSON, never from text.
// A shape that is not known here throws `UnsupportedExpression`: a check must never skip what it cannot read.

export type Expression =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'attribute'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'has'; readonly of: Expression; readonly names: readonly string[] }
  | { readonly kind: 'operation'; readonly operator: string; readonly operands: readonly Expression[] };

export class UnsupportedExpression extends Error {}

const BINARY = [
  '==',
  '!=',
  'in',
  '<',
  '<=',
  '>',
  '>=',
  '&&',
  '||',
  '+',
  '-',
  '*',
  'contains',
  'containsAll',
  'containsAny',
  'getTag',
  'hasTag',
];
const UNARY = ['!', 'neg', 'isEmpty'];

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new UnsupportedExpression('an expression part is not a record');
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new UnsupportedExpression('an expression names something without a string');
  return value;
}

/** Reads one expression of Cedar's JSON policy format (the `body` of a condition). */
export function readExpression(json: unknown): Expression {
  const entries = Object.entries(fieldsOf(json));
  const [only] = entries;
  if (entries.length !== 1 || only === undefined) throw new UnsupportedExpression('an expression has one operator');
  const [operator, body] = only;
  if (operator === 'Value') return { kind: 'value', value: body };
  if (operator === 'Var') return { kind: 'variable', name: text(body) };
  if (Array.isArray(body)) return { kind: 'operation', operator, operands: body.map(readExpression) };
  const fields = fieldsOf(body);
  if (operator === '.') return { kind: 'attribute', of: readExpression(fields['left']), name: text(fields['attr']) };
  if (operator === 'has') return { kind: 'has', of: readExpression(fields['left']), names: namesOf(fields['attr']) };
  return { kind: 'operation', operator, operands: operandsOf(operator, fields) };
}

function namesOf(attr: unknown): readonly string[] {
  return Array.isArray(attr) ? attr.map(text) : [text(attr)];
}

function operandsOf(operator: string, fields: Readonly<Record<string, unknown>>): readonly Expression[] {
  if (BINARY.includes(operator)) return [readExpression(fields['left']), readExpression(fields['right'])];
  if (UNARY.includes(operator)) return [readExpression(fields['arg'])];
  switch (operator) {
    case 'if-then-else':
      return [readExpression(fields['if']), readExpression(fields['then']), readExpression(fields['else'])];
    case 'like':
      return [readExpression(fields['left']), { kind: 'value', value: exampleOf(fields['pattern']) }];
    case 'is': {
      const within = fields['in'] === undefined ? [] : [readExpression(fields['in'])];
      return [readExpression(fields['left']), ...within];
    }
    case 'Record':
      return Object.values(fields).map(readExpression);
    default:
      throw new UnsupportedExpression(`the operator ${operator} is not known`);
  }
}

/** A text that the `like` pattern matches. */
function exampleOf(pattern: unknown): string {
  if (!Array.isArray(pattern)) throw new UnsupportedExpression('a pattern is a list');
  return pattern.map((part) => (part === 'Wildcard' ? '' : text(fieldsOf(part)['Literal']))).join('');
}

/** `context.device.managed` for a chain of attributes that starts at a variable, else null. */
export function pathOf(expression: Expression): string | null {
  if (expression.kind === 'variable') return expression.name;
  if (expression.kind !== 'attribute') return null;
  const base = pathOf(expression.of);
  return base === null ? null : `${base}.${expression.name}`;
}

/** The expressions directly inside. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'value':
    case 'variable':
      return [];
    case 'attribute':
    case 'has':
      return [expression.of];
    case 'operation':
      return expression.operands;
  }
}

/** The expression and all that is inside it, outermost first. */
export function* everyPart(expression: Expression): Generator<Expression> {
  yield expression;
  for (const child of childrenOf(expression)) yield* everyPart(child);
}

/** The value of a literal of the given Cedar extension type, as `8h` of `duration("8h")`; else null. */
export function literalOf(expression: Expression, constructor: string): string | null {
  if (expression.kind !== 'operation' || expression.operator !== constructor) return null;
  const [argument] = expression.operands;
  return argument?.kind === 'value' && typeof argument.value === 'string' ? argument.value : null;
}
