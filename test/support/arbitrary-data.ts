// Any data that the declared type of an event allows: every member of a union, nulls, empty and long lists, texts of
// any script. Ids are never empty, moments are of our time: the product makes those.
import fc from 'fast-check';
import type { Shape } from '../../build/audit-events/shape.ts';

const MOMENT = fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2060, 0) });
const TEXT = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });

export function arbitraryOf(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'text':
      return TEXT;
    case 'number':
      return shape.name === 'EpochMs' ? MOMENT : fc.maxSafeNat();
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'literal':
      return fc.constant(shape.value);
    case 'list':
      return fc.array(arbitraryOf(shape.of), { maxLength: 12 });
    case 'map':
      return fc.dictionary(TEXT, arbitraryOf(shape.of), { maxKeys: 6 });
    case 'object':
      return fc.record(Object.fromEntries(shape.fields.map((field) => [field.name, arbitraryOf(field.shape)])));
    case 'union':
      return fc.oneof(...shape.of.map(arbitraryOf));
  }
}

/** Every way in which a value is not of the shape; empty when it is. */
export function shapeProblems(shape: Shape, value: unknown, path = 'data'): string[] {
  switch (shape.kind) {
    case 'text':
      return typeof value === 'string' ? [] : [`${path} is no text`];
    case 'number':
      return typeof value === 'number' ? [] : [`${path} is no number`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path} is not true or false`];
    case 'null':
      return value === null ? [] : [`${path} is not null`];
    case 'literal':
      return value === shape.value ? [] : [`${path} is not ${String(shape.value)}`];
    case 'list':
      if (!Array.isArray(value)) return [`${path} is no list`];
      return value.flatMap((item, index) => shapeProblems(shape.of, item, `${path}[${index}]`));
    case 'map':
      return Object.entries(fieldsOf(value) ?? {}).flatMap(([key, item]) =>
        shapeProblems(shape.of, item, `${path}.${key}`),
      );
    case 'union':
      return shape.of.some((one) => shapeProblems(one, value, path).length === 0)
        ? []
        : [`${path} is none of its union`];
    case 'object': {
      const fields = fieldsOf(value);
      if (fields === null) return [`${path} is no object`];
      const known = new Set(shape.fields.map(({ name }) => name));
      return [
        ...Object.keys(fields).flatMap((name) => (known.has(name) ? [] : [`${path}.${name} is not declared`])),
        ...shape.fields.flatMap((field) => shapeProblems(field.shape, fields[field.name], `${path}.${field.name}`)),
      ];
    }
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}
