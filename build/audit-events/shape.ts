// What a TypeScript type says of a JSON value, as plain data.

export type Field = { readonly name: string; readonly shape: Shape; readonly note: string | null };

export type Shape =
  /** `name`: of the type alias that it was written as, which says more than the bare type. */
  | { readonly kind: 'text' | 'number' | 'boolean'; readonly name: string | null }
  | { readonly kind: 'null' }
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'list'; readonly of: Shape }
  /** An object with keys of any name. */
  | { readonly kind: 'map'; readonly of: Shape }
  | { readonly kind: 'object'; readonly fields: readonly Field[] }
  | { readonly kind: 'union'; readonly of: readonly Shape[] };

/** One shape out of several: unions are joined, what is said twice is said once. */
export function union(shapes: readonly Shape[]): Shape {
  const flat = shapes.flatMap((shape) => (shape.kind === 'union' ? shape.of : [shape]));
  const different = [...new Map(flat.map((shape) => [JSON.stringify(shape), shape])).values()];
  const [only, ...more] = different;
  return only !== undefined && more.length === 0 ? only : { kind: 'union', of: different };
}

/** All fields of several objects; of unions, of each combination. Throws for what is no object. */
export function intersection(shapes: readonly Shape[]): Shape {
  let joined: readonly (readonly Field[])[] = [[]];
  for (const shape of shapes) {
    const variants = shape.kind === 'union' ? shape.of.map(fieldsOf) : [fieldsOf(shape)];
    joined = joined.flatMap((fields) => variants.map((more) => [...fields, ...more]));
  }
  return union(joined.map((fields) => ({ kind: 'object', fields })));
}

export function fieldsOf(shape: Shape): readonly Field[] {
  if (shape.kind !== 'object') throw new TypeError(`a ${shape.kind} has no fields`);
  return shape.fields;
}
