// Our own lint rules: what the linter's built-in rules cannot say about folders, capabilities and time.
import path from 'node:path';
import {
  ALLOWED_EDGES,
  CAPABILITIES,
  CLOCK_OWNERS,
  ELECTRON_IMPORTERS,
  FOLDER_RULES,
  PRODUCT_FOLDERS,
  type GivingModule,
} from './boundaries.ts';
import { importVisitor, resolveTarget, type Import, type Target } from './imports.ts';
import { globalUses, propertyOf, type Rule, type RuleContext, type SyntaxNode } from './syntax.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

const folderBoundaries: Rule = {
  create: (context) => {
    const file = fileOf(context);
    const rule = FOLDER_RULES.filter((each) => isInside(file, each.folder)).toSorted(byLength)[0];
    if (rule === undefined) return isProduct(file) ? withoutRule(context) : {};
    return importVisitor((found) => {
      if (found.specifier === null) {
        if (found.node.type !== 'NewExpression')
          report(context, found.node, `${rule.folder} may not import a computed path`);
        return;
      }
      const target = resolveTarget(file, found.specifier);
      if (ALLOWED_EDGES.some((edge) => target.kind === 'local' && edge.from === file && edge.to === target.path))
        return;
      if (!mayImport(file, rule, target))
        report(context, found.node, `${rule.folder} may not import ${found.specifier}`);
    });
  },
};

const capabilityOwner: Rule = {
  create: (context) => {
    const file = fileOf(context);
    if (!isProduct(file)) return {};
    const missing = CAPABILITIES.filter((capability) => !capability.owners.includes(file));
    return {
      ...importVisitor((found) => {
        if (found.typeOnly || found.specifier === null) return;
        const target = resolveTarget(file, found.specifier);
        for (const { name, modules } of missing) {
          if (modules.some((each) => takes(found, target, each)))
            report(context, found.node, `${name}: ${file} may not hold it`);
        }
      }),
      'Program:exit': () => {
        for (const use of globalUses(context)) {
          const capability = missing.find((each) => each.globals.some((global) => isUseOf(use, global)));
          if (capability !== undefined) report(context, use.node, `${capability.name}: ${file} may not hold it`);
        }
      },
    };
  },
};

const wallClock: Rule = {
  create: (context) => {
    const file = fileOf(context);
    if (!isProduct(file) || CLOCK_OWNERS.some((owner) => owner === file)) return {};
    return {
      'Program:exit': () => {
        for (const { name, node } of globalUses(context)) {
          const reads =
            (name === 'Date' && readsTheClock(node)) ||
            (name === 'performance' && propertyOf(node) !== 'now') ||
            name === 'Temporal';
          if (reads)
            report(context, node, `only ${CLOCK_OWNERS.join(', ')} may read the wall clock: take a Clock or nowMs`);
        }
      },
    };
  },
};

const noBarrel: Rule = {
  create: (context) => ({
    Program: (node) => {
      if (/(?:^|\/)index\.[cm]?[jt]sx?$/.test(fileOf(context)))
        report(context, node, 'no index files: import the file that has the thing');
    },
    ExportAllDeclaration: (node) => report(context, node, 'no barrels: import the file that has the thing'),
  }),
};

/** A folder that nobody thought about must not be free of the rules. */
function withoutRule(context: RuleContext): Record<string, (node: SyntaxNode) => void> {
  return {
    Program: (node) => report(context, node, 'this folder has no rule: give it one in build/lint/boundaries.ts'),
  };
}

function mayImport(file: string, rule: (typeof FOLDER_RULES)[number], target: Target): boolean {
  switch (target.kind) {
    case 'local':
      return rule.local.some((folder) => isInside(target.path, folder));
    case 'node':
      return rule.node;
    case 'package':
      if (target.name === 'electron') return ELECTRON_IMPORTERS.some((folder) => isInside(file, folder));
      return rule.packages === 'any' || rule.packages.includes(target.name);
  }
}

function takes(found: Import, target: Target, wanted: GivingModule): boolean {
  if (target.kind === 'local') return false;
  if ((target.kind === 'node' ? target.module : target.name) !== wanted.module) return false;
  if (found.names === 'all') return true;
  return found.names.some((name) => (wanted.names?.includes(name) ?? true) && wanted.except?.includes(name) !== true);
}

function isUseOf(use: { readonly name: string; readonly node: SyntaxNode }, global: string): boolean {
  const [object, property] = global.split('.');
  if (use.name !== object) return false;
  if (property === undefined) return true;
  const asked = propertyOf(use.node);
  // Handing the object itself on, or asking it for a computed property, would hide the use.
  return asked === property || asked === null || (asked === undefined && destructures(use.node, property));
}

function destructures(node: SyntaxNode, property: string): boolean {
  const pattern = node.parent?.type === 'VariableDeclarator' ? node.parent['id'] : null;
  return (
    pattern !== null &&
    JSON.stringify(pattern, (key, value: unknown) => (key === 'parent' ? undefined : value)).includes(`"${property}"`)
  );
}

/** `new Date(x)`, `Date.parse`, `Date.UTC` and `instanceof Date` only convert; every other use can give the time. */
function readsTheClock(node: SyntaxNode): boolean {
  const parent = node.parent;
  const property = propertyOf(node);
  if (property !== undefined) return property !== 'parse' && property !== 'UTC' && property !== 'prototype';
  if (parent?.type === 'BinaryExpression') return false;
  if (parent?.type !== 'NewExpression' || !Array.isArray(parent['arguments'])) return true;
  const [first] = parent['arguments'];
  return first === undefined || first.type === 'SpreadElement';
}

function fileOf(context: RuleContext): string {
  return path.relative(ROOT, context.filename).split(path.sep).join('/');
}

function isProduct(file: string): boolean {
  return PRODUCT_FOLDERS.some((folder) => isInside(file, folder));
}

function isInside(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

function byLength(a: { readonly folder: string }, b: { readonly folder: string }): number {
  return b.folder.length - a.folder.length;
}

function report(context: RuleContext, node: SyntaxNode, message: string): void {
  context.report({ node, message });
}

export default {
  meta: { name: 'daypass' },
  rules: {
    'folder-boundaries': folderBoundaries,
    'capability-owner': capabilityOwner,
    'wall-clock': wallClock,
    'no-barrel': noBarrel,
  },
};
