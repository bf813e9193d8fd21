// Finds everything that a file imports, by whatever syntax, and says where in the repository it leads.
import path from 'node:path';
import { isNode, literalText, nameOf, type SyntaxNode } from './syntax.ts';

export type Import = {
  readonly node: SyntaxNode;
  /** Null: computed at run time, so nobody can check it. */
  readonly specifier: string | null;
  readonly typeOnly: boolean;
  /** The names taken, or `all` when the whole module object is taken. */
  readonly names: readonly string[] | 'all';
};

export type Target =
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'node'; readonly module: string }
  | { readonly kind: 'package'; readonly name: string };

/** Builds the visitor that hands each import of a file to `visit`. */
export function importVisitor(visit: (found: Import) => void): Record<string, (node: SyntaxNode) => void> {
  const declaration = (node: SyntaxNode): void => {
    if (isNode(node['source'])) visit(fromDeclaration(node));
  };
  const computed = (node: SyntaxNode, source: unknown, typeOnly: boolean): void =>
    visit({ node, specifier: literalText(source), typeOnly, names: 'all' });
  return {
    ImportDeclaration: declaration,
    ExportNamedDeclaration: declaration,
    ExportAllDeclaration: declaration,
    ImportExpression: (node) => computed(node, node['source'], false),
    TSExternalModuleReference: (node) => computed(node, node['expression'], false),
    TSImportType: (node) => computed(node, node['source'] ?? node['argument'], true),
    CallExpression: (node) => {
      const called = calledModule(node);
      if (called !== undefined) computed(node, called, false);
    },
    NewExpression: (node) => {
      if (nameOf(node['callee']) === 'Worker') computed(node, urlText(argument(node)), false);
    },
  };
}

/** Where a specifier leads when `file` (path from the repository's root) imports it. */
export function resolveTarget(file: string, specifier: string): Target {
  const clean = specifier.replace(/[?].*$/, '');
  if (clean.startsWith('#')) return { kind: 'local', path: path.posix.normalize(clean.slice(1)) };
  if (clean.startsWith('.')) return { kind: 'local', path: path.posix.join(path.posix.dirname(file), clean) };
  if (clean.startsWith('node:')) return { kind: 'node', module: clean };
  const parts = clean.split('/');
  const name = clean.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? clean);
  return NODE_MODULES_WITHOUT_PREFIX.has(name) ? { kind: 'node', module: `node:${clean}` } : { kind: 'package', name };
}

const NODE_MODULES_WITHOUT_PREFIX = new Set(process.getBuiltinModule('node:module').builtinModules);

function fromDeclaration(node: SyntaxNode): Import {
  const specifiers = Array.isArray(node['specifiers']) ? node['specifiers'].filter(isNode) : [];
  const typeOnly =
    node['importKind'] === 'type' ||
    node['exportKind'] === 'type' ||
    (specifiers.length > 0 &&
      specifiers.every((each) => each['importKind'] === 'type' || each['exportKind'] === 'type'));
  const whole = specifiers.some((each) => ['ImportNamespaceSpecifier', 'ImportDefaultSpecifier'].includes(each.type));
  const names = specifiers
    .filter((each) => each['importKind'] !== 'type' && each['exportKind'] !== 'type')
    .map((each) => nameOf(each.type === 'ImportSpecifier' ? each['imported'] : each['local']) ?? 'default');
  const all = whole || node.type === 'ExportAllDeclaration' || names.includes('default');
  return { node, specifier: literalText(node['source']), typeOnly, names: all ? 'all' : names };
}

function calledModule(node: SyntaxNode): unknown {
  const callee = node['callee'];
  const isRequire = nameOf(callee) === 'require' && isNode(callee) && callee.type === 'Identifier';
  const isResolve = isNode(callee) && callee.type === 'MemberExpression' && nameOf(callee['property']) === 'resolve';
  const ofRequire = isResolve && nameOf(callee['object']) === 'require';
  return isRequire || ofRequire ? argument(node) : undefined;
}

/** `new Worker(new URL('./x.ts', import.meta.url))` names a module as an import does. */
function urlText(value: unknown): unknown {
  return isNode(value) && value.type === 'NewExpression' && nameOf(value['callee']) === 'URL' ? argument(value) : value;
}

function argument(node: SyntaxNode): unknown {
  return Array.isArray(node['arguments']) ? node['arguments'][0] : undefined;
}
