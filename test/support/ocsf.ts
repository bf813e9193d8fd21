// Checks a record against the OCSF 1.8.0 schema, as the vector lists it (classes and objects of ocsf/ocsf-schema,
// Apache-2.0, flattened). Refuses what it cannot check: a type or a profile that it does not know is a problem.
import schema from '#test/vectors/ocsf-1.8.0.json' with { type: 'json' };
import { isPrimitive, primitiveProblem } from './ocsf-primitives.ts';

type Attribute = {
  readonly type: string;
  readonly requirement: string;
  readonly is_array?: boolean;
  readonly enum?: Readonly<Record<string, string>>;
  /** It came from a profile or a shared include: there only under that profile, unless the class takes it as its own. */
  readonly profile_or_include?: boolean;
};
type Definition = {
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly constraints: { readonly at_least_one?: readonly string[]; readonly just_one?: readonly string[] };
};
type Fields = Readonly<Record<string, unknown>>;

const classes: Readonly<Record<string, Definition & { readonly uid: number }>> = schema.classes;
const objects: Readonly<Record<string, Definition>> = schema.objects;

/** The category of each class in use; class_uid is category × 1000 + the class's own number. */
const CATEGORY: Readonly<Record<string, number>> = {
  entity_management: 3,
  user_access: 3,
  api_activity: 6,
  application_lifecycle: 6,
};

const PROFILE_OF: Readonly<Record<string, string>> = { actor: 'host', device: 'host' };
/** API Activity requires these two itself, whatever the profiles. */
const OWN_OF_CLASS: Readonly<Record<string, readonly string[]>> = { api_activity: ['actor', 'api'] };
/** Where the id is 99 (Other), the text beside it says what it is. */
const SIBLINGS: Readonly<Record<string, string>> = { activity_id: 'activity_name' };

/** Every way in which the record breaks its class; empty when it keeps to it. The class is found by its class_uid. */
export function ocsfProblems(record: Fields): string[] {
  const found = Object.entries(classes).find(([name, { uid }]) => record['class_uid'] === classUid(name, uid));
  if (found === undefined) return [`no class ${String(record['class_uid'])}`];
  const [name, definition] = found;
  return [...uidProblems(record, name), ...objectProblems(withoutProfiles(definition, name, record), record, name)];
}

function classUid(name: string, uid: number): number {
  return (CATEGORY[name] ?? Number.NaN) * 1000 + uid;
}

function uidProblems(record: Fields, name: string): string[] {
  const { category_uid: category, class_uid: uid, activity_id: activity, type_uid: type } = record;
  return [
    ...(category === CATEGORY[name] ? [] : [`${name}.category_uid is ${String(category)}`]),
    ...(type === Number(uid) * 100 + Number(activity) ? [] : [`${name}.type_uid is ${String(type)}`]),
  ];
}

/** What a record may hold of its class, given the profiles that it says it keeps to. */
function withoutProfiles(definition: Definition, name: string, record: Fields): Definition {
  const metadata = asFields(record['metadata']) ?? {};
  const profiles: readonly unknown[] = Array.isArray(metadata['profiles']) ? metadata['profiles'] : [];
  const isAllowed = ([attribute, { profile_or_include: included }]: [string, Attribute]): boolean => {
    if (included !== true || OWN_OF_CLASS[name]?.includes(attribute) === true) return true;
    const profile = PROFILE_OF[attribute];
    return profile !== undefined && profiles.includes(profile);
  };
  return { ...definition, attributes: Object.fromEntries(Object.entries(definition.attributes).filter(isAllowed)) };
}

function objectProblems({ attributes, constraints }: Definition, value: Fields, path: string): string[] {
  const missing = Object.entries(attributes)
    .filter(
      ([name, { requirement, profile_or_include: included }]) =>
        requirement === 'required' && included !== true && !(name in value),
    )
    .map(([name]) => `${path}.${name} is required`);
  const inside = Object.entries(value).flatMap(([name, item]) => {
    const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (attribute === undefined) return [`${path}.${name} is unknown`];
    return [
      ...attributeProblems(attribute, item, `${path}.${name}`),
      ...siblingProblems(attributes, value, name, path),
    ];
  });
  return [...missing, ...constraintProblems(constraints, value, path), ...inside];
}

function constraintProblems(
  { at_least_one: some, just_one: one }: Definition['constraints'],
  value: Fields,
  path: string,
): string[] {
  const present = (names: readonly string[]): number => names.filter((name) => name in value).length;
  return [
    ...(some !== undefined && present(some) === 0 ? [`${path} needs one of ${some.join(', ')}`] : []),
    ...(one !== undefined && present(one) !== 1 ? [`${path} needs just one of ${one.join(', ')}`] : []),
  ];
}

function attributeProblems(attribute: Attribute, value: unknown, path: string): string[] {
  if (attribute.is_array === true) {
    if (!Array.isArray(value) || value.length === 0) return [`${path} is no filled list`];
    const { is_array: _list, ...each } = attribute;
    return value.flatMap((item, index) => attributeProblems(each, item, `${path}[${index}]`));
  }
  // The base event lists only "uncategorized" for these two; `uidProblems` holds them to the class.
  const isPlace = path.endsWith('.category_uid') || path.endsWith('.class_uid');
  if (attribute.enum !== undefined && !isPlace && !Object.hasOwn(attribute.enum, String(value)))
    return [`${path} is ${String(value)}, not one of its values`];
  // `unmapped` and `json_t`: any JSON object or value.
  if (attribute.type === 'object') return asFields(value) === null ? [`${path} is no object`] : [];
  if (isPrimitive(attribute.type)) return primitiveProblem(attribute.type, value, path);
  const definition = Object.hasOwn(objects, attribute.type) ? objects[attribute.type] : undefined;
  if (definition === undefined) return [`${path} is a ${attribute.type}, which cannot be checked`];
  const fields = asFields(value);
  return fields === null ? [`${path} is no ${attribute.type}`] : objectProblems(definition, fields, path);
}

/** `type_id` 5 with the text "Something else" beside it would say two things; 99 without a text says nothing. */
function siblingProblems(attributes: Definition['attributes'], value: Fields, name: string, path: string): string[] {
  const captions = attributes[name]?.enum;
  const sibling = SIBLINGS[name] ?? name.replace(/_id$/, '');
  if (captions === undefined || sibling === name || !(sibling in attributes)) return [];
  const text = value[sibling];
  if (value[name] === 99)
    return typeof text === 'string' ? [] : [`${path}.${name} is 99 and ${sibling} does not say what`];
  const caption = captions[String(value[name])];
  return text === undefined || text === caption
    ? []
    : [`${path}.${sibling} is ${JSON.stringify(text)}, its id means ${caption}`];
}

function asFields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}
