// The small part of the syntax tree and of the linter's interface that our rules use. Types and pure questions only.

export type SyntaxNode = {
  readonly type: string;
  readonly parent?: SyntaxNode | null;
  readonly [property: string]: unknown;
};

type Reference = { readonly identifier: SyntaxNode };
type Variable = { readonly defs: readonly unknown[]; readonly references: readonly Reference[] };
type Scope = { readonly through: readonly Reference[]; readonly variables: readonly Variable[] };

export type RuleContext = {
  readonly filename: string;
  readonly sourceCode: { readonly scopeManager: { readonly globalScope: Scope | null } };
  readonly report: (finding: { readonly node: SyntaxNode; readonly message: string }) => void;
};

export type Rule = { readonly create: (context: RuleContext) => Record<string, (node: SyntaxNode) => void> };

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'type') === 'string';
}

/** The text of a string literal or of a template without holes, else null. */
export function literalText(value: unknown): string | null {
  if (!isNode(value)) return null;
  if (value.type === 'Literal' && typeof value['value'] === 'string') return value['value'];
  const quasis = value.type === 'TemplateLiteral' ? value['quasis'] : null;
  if (!Array.isArray(quasis) || quasis.length !== 1 || !isNode(quasis[0])) return null;
  const cooked = Reflect.get(Object(quasis[0]['value']), 'cooked');
  return typeof cooked === 'string' ? cooked : null;
}

export function nameOf(value: unknown): string | null {
  if (!isNode(value)) return null;
  if (value.type === 'Identifier' && typeof value['name'] === 'string') return value['name'];
  return literalText(value);
}

/** The property that `node` is asked for (`env` in `process.env`), null when computed, undefined when there is none. */
export function propertyOf(node: SyntaxNode): string | null | undefined {
  const parent = node.parent;
  if (parent?.type !== 'MemberExpression' || parent['object'] !== node) return undefined;
  return parent['computed'] === true ? literalText(parent['property']) : nameOf(parent['property']);
}

/** Every use of a global name as a value, with the node that stands for it: `fetch`, also as `globalThis.fetch`. */
export function globalUses(context: RuleContext): readonly { readonly name: string; readonly node: SyntaxNode }[] {
  const scope = context.sourceCode.scopeManager.globalScope;
  if (scope === null) return [];
  const undefinedHere = scope.variables.filter((variable) => variable.defs.length === 0);
  const references = [...scope.through, ...undefinedHere.flatMap((variable) => variable.references)];
  const nodes = [...new Set(references.map((reference) => reference.identifier))];
  return nodes
    .filter((node) => node.parent?.type.startsWith('TS') !== true || isValueWrapper(node.parent))
    .map(asGlobalUse);
}

const GLOBAL_OBJECTS = ['globalThis', 'global', 'window', 'self'];

function asGlobalUse(node: SyntaxNode): { readonly name: string; readonly node: SyntaxNode } {
  const name = nameOf(node) ?? '';
  const property = GLOBAL_OBJECTS.includes(name) ? propertyOf(node) : undefined;
  if (property === undefined || property === null || !isNode(node.parent)) return { name, node };
  return { name: property, node: node.parent };
}

function isValueWrapper(parent: SyntaxNode): boolean {
  return ['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression', 'TSTypeAssertion'].includes(parent.type);
}
