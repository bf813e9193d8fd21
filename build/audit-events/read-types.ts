// Reads the types of the events out of shared/domain, with what is written beside each field. Understands what those
// files use of TypeScript and throws at anything else: documentation that guesses is worse than none.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type ESTree, parseSync } from 'vite';
import { type Field, fieldsOf, intersection, type Shape, union } from './shape.ts';

const DOMAIN = path.resolve(import.meta.dirname, '../../shared/domain');

type Alias = { readonly type: ESTree.TSType; readonly file: SourceFile };
type SourceFile = { readonly text: string; readonly comments: ReturnType<typeof parseSync>['comments'] };
type Aliases = ReadonlyMap<string, Alias>;

export type EventType = Field & { readonly log: 'ledger' | 'outbox' };

/** Every kind of event in the order in which it is declared: its name, what its data has, and what is written of it. */
export function readEventTypes(): readonly EventType[] {
  const aliases = readAliases();
  const kinds = (alias: string, log: EventType['log']): readonly EventType[] =>
    fieldsOf(shapeOfAlias(alias, aliases)).map((field) => ({ ...field, log }));
  return [...kinds('LedgerData', 'ledger'), ...kinds('OutboxData', 'outbox')];
}

function readAliases(): Aliases {
  const aliases = new Map<string, Alias>();
  for (const name of readdirSync(DOMAIN).filter((file) => file.endsWith('.ts'))) {
    const text = readFileSync(path.join(DOMAIN, name), 'utf8');
    const { program, comments } = parseSync(name, text);
    for (const statement of program.body) {
      const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
      if (declared?.type === 'TSTypeAliasDeclaration')
        aliases.set(declared.id.name, { type: declared.typeAnnotation, file: { text, comments } });
    }
  }
  return aliases;
}

function shapeOfAlias(name: string, aliases: Aliases): Shape {
  const alias = aliases.get(name);
  if (alias === undefined) throw new TypeError(`no type ${name} in shared/domain`);
  const shape = shapeOf(alias.type, alias.file, aliases);
  return shape.kind === 'text' || shape.kind === 'number' ? { ...shape, name: shape.name ?? name } : shape;
}

function shapeOf(type: ESTree.TSType, file: SourceFile, aliases: Aliases): Shape {
  const within = (inner: ESTree.TSType): Shape => shapeOf(inner, file, aliases);
  switch (type.type) {
    case 'TSStringKeyword':
      return { kind: 'text', name: null };
    case 'TSNumberKeyword':
      return { kind: 'number', name: null };
    case 'TSBooleanKeyword':
      return { kind: 'boolean', name: null };
    case 'TSNullKeyword':
      return { kind: 'null' };
    case 'TSLiteralType':
      return { kind: 'literal', value: literalOf(type.literal) };
    case 'TSUnionType':
      return union(type.types.map(within));
    case 'TSIntersectionType':
      return intersection(type.types.map(within));
    case 'TSArrayType':
      return { kind: 'list', of: within(type.elementType) };
    case 'TSTypeOperator':
      return within(type.typeAnnotation);
    case 'TSParenthesizedType':
      return within(type.typeAnnotation);
    case 'TSTypeLiteral':
      return { kind: 'object', fields: type.members.map((member) => fieldOf(member, file, aliases)) };
    case 'TSIndexedAccessType':
      return fieldNamed(within(type.objectType), within(type.indexType));
    case 'TSTypeReference':
      return referenced(type, file, aliases);
    default:
      throw new TypeError(`the events use a ${type.type}, which is not read yet`);
  }
}

function referenced(type: ESTree.TSTypeReference, file: SourceFile, aliases: Aliases): Shape {
  if (type.typeName.type !== 'Identifier') throw new TypeError('a qualified name is not read yet');
  const [first, second] = type.typeArguments?.params ?? [];
  const { name } = type.typeName;
  if (name === 'Readonly' && first !== undefined) return shapeOf(first, file, aliases);
  if (name !== 'Record' || second === undefined) return shapeOfAlias(name, aliases);
  // `Record<never, never>` is how an event without data is written.
  if (second.type === 'TSNeverKeyword') return { kind: 'object', fields: [] };
  return { kind: 'map', of: shapeOf(second, file, aliases) };
}

function fieldOf(member: ESTree.TSSignature, file: SourceFile, aliases: Aliases): Field {
  if (member.type !== 'TSPropertySignature' || !member.typeAnnotation || member.optional)
    throw new TypeError('events have plain fields, none of them optional');
  const { key } = member;
  const name = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? String(key.value) : null;
  if (name === null) throw new TypeError('a computed name is not read');
  return {
    name,
    shape: shapeOf(member.typeAnnotation.typeAnnotation, file, aliases),
    note: noteBefore(member.start, file),
  };
}

/** The documentation comment that ends right before a field. */
function noteBefore(start: number, { text, comments }: SourceFile): string | null {
  const before = comments.find(
    ({ end, value }) => value.startsWith('*') && end <= start && text.slice(end, start).trim() === '',
  );
  if (before === undefined) return null;
  return before.value
    .split('\n')
    .map((line) => line.replace(/^\s*\*+\s?/, '').trim())
    .join(' ')
    .trim();
}

function fieldNamed(shape: Shape, index: Shape): Shape {
  const whole = shape.kind === 'union' ? shape.of : [shape];
  const found = whole.flatMap(fieldsOf).filter(({ name }) => index.kind === 'literal' && name === index.value);
  if (found.length === 0) throw new TypeError('no such field to take the type of');
  return union(found.map((field) => field.shape));
}

function literalOf(literal: ESTree.TSLiteralType['literal']): string | number | boolean {
  const value = literal.type === 'Literal' ? literal.value : null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new TypeError(`a literal ${literal.type} is not read yet`);
}
