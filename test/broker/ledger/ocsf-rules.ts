// Checks a record against OCSF: known attributes, required ones, enum ids, arrays and "at least one of" rules.
import rules from '#test/vectors/audit/ocsf-1.8.0-trimmed.json' with { type: 'json' };

type Attribute = { type: string; required?: boolean; array?: boolean; enum?: (number | string)[] };
type Definition = { attributes: Record<string, Attribute>; constraints?: { at_least_one?: string[] } };

const classes: Record<string, Definition & { uid: number }> = rules.classes;
const objects: Record<string, Definition> = rules.objects;

/** Every way in which the record breaks the rules of its class; empty when it keeps them. */
export function ocsfProblems(className: string, record: Record<string, unknown>): string[] {
  const definition = classes[className];
  return definition === undefined ? [`no class ${className}`] : objectProblems(definition, record, className);
}

function objectProblems(definition: Definition, value: Record<string, unknown>, path: string): string[] {
  const missing = Object.entries(definition.attributes)
    .filter(([name, attribute]) => attribute.required === true && !(name in value))
    .map(([name]) => `${path}.${name} is required`);
  const oneOf = definition.constraints?.at_least_one;
  const none =
    oneOf !== undefined && !oneOf.some((name) => name in value) ? [`${path} needs one of ${oneOf.join(', ')}`] : [];
  const inside = Object.entries(value).flatMap(([name, item]) => {
    const attribute = definition.attributes[name];
    return attribute === undefined
      ? [`${path}.${name} is unknown`]
      : attributeProblems(attribute, item, `${path}.${name}`);
  });
  return [...missing, ...none, ...inside];
}

function attributeProblems(attribute: Attribute, value: unknown, path: string): string[] {
  if (attribute.array === true) {
    if (!Array.isArray(value) || value.length === 0) return [`${path} is no filled list`];
    return value.flatMap((item, index) => attributeProblems({ ...attribute, array: false }, item, `${path}[${index}]`));
  }
  // The base class says only 0 for category and class; each class narrows them, which the caller checks.
  const isPlace = path.endsWith('.category_uid') || path.endsWith('.class_uid');
  if (attribute.enum !== undefined && !isPlace && !attribute.enum.some((known) => known === value)) {
    return [`${path} is ${String(value)}, not one of its values`];
  }
  const definition = objects[attribute.type];
  if (definition !== undefined) {
    if (typeof value !== 'object' || value === null) return [`${path} is no ${attribute.type}`];
    return objectProblems(definition, { ...value }, path);
  }
  return primitiveProblem(attribute.type, value) ? [`${path} is no ${attribute.type}`] : [];
}

function primitiveProblem(type: string, value: unknown): boolean {
  if (['integer_t', 'long_t', 'timestamp_t'].includes(type)) return !Number.isSafeInteger(value);
  if (type.endsWith('_t')) return typeof value !== 'string' && type !== 'json_t' && type !== 'boolean_t';
  return false;
}
