// Says what the data of an event has in it, as rows of a table.
import { type Field, fieldsOf, type Shape } from './shape.ts';

/** What the names of types mean to somebody who does not know the program. */
const NAMES: Readonly<Record<string, string>> = {
  EpochMs: 'time (ms since 1970)',
  DurationMs: 'duration (ms)',
  SubjectId: 'subject id',
  PersonId: 'person id',
  DeviceId: 'device id',
  ResourceId: 'resource id',
};

/** Rows of name, type and note; the fields of objects within follow theirs, with dots. */
export function fieldRows(shape: Shape, prefix = ''): readonly string[] {
  return fieldsOf(shape).flatMap((field) => [
    rowOf(field, prefix),
    ...innerRows(field.shape, `${prefix}${field.name}`),
  ]);
}

function rowOf({ name, shape, note }: Field, prefix: string): string {
  return `| \`${prefix}${name}\` | ${typeText(shape)} | ${note ?? ''} |`;
}

function innerRows(shape: Shape, path: string): readonly string[] {
  switch (shape.kind) {
    case 'object':
      return fieldRows(shape, `${path}.`);
    case 'list':
      return innerRows(shape.of, `${path}[]`);
    case 'union':
      return shape.of.flatMap((one) => innerRows(one, path));
    case 'map':
    case 'text':
    case 'number':
    case 'boolean':
    case 'null':
    case 'literal':
      return [];
  }
}

function typeText(shape: Shape): string {
  switch (shape.kind) {
    case 'text':
    case 'number':
      return shape.name === null ? shape.kind : (NAMES[shape.name] ?? shape.kind);
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'literal':
      return `\`${String(shape.value)}\``;
    case 'list':
      return `list of ${typeText(shape.of)}`;
    case 'map':
      return `object of ${typeText(shape.of)}`;
    case 'object':
      return 'object';
    case 'union':
      return joined(shape.of.map(typeText));
  }
}

function joined(texts: readonly string[]): string {
  const last = texts.at(-1) ?? '';
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(', ')} or ${last}`;
}
