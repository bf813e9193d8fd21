// Which granted action lets a method and a path through. Default deny; knows nothing of tokens or time.
import type { Resource } from '#shared/contracts/catalog.ts';

type Rule = { readonly methods: ReadonlySet<string>; readonly patterns: readonly URLPattern[] };
type Compiled = ReadonlyMap<string, readonly Rule[]>;

/** The action that shows personal columns unmasked. */
export const READ_PII = 'read_pii';

const compiledActions = new WeakMap<Resource, Compiled>();

function compilePattern(pathname: string): readonly URLPattern[] {
  try {
    return [new URLPattern({ pathname })];
  } catch {
    // A pattern that cannot be read permits nothing.
    return [];
  }
}

function compile(resource: Resource): Compiled {
  const known = compiledActions.get(resource);
  if (known !== undefined) return known;
  const compiled = new Map(
    Object.entries(resource.actions).map(([action, rules]) => [
      action,
      rules.map((rule) => ({ methods: new Set<string>(rule.methods), patterns: rule.paths.flatMap(compilePattern) })),
    ]),
  );
  compiledActions.set(resource, compiled);
  return compiled;
}

/**
 * The actions among `granted` that permit this call, in the catalog's order. HEAD is not implied by GET.
 * `path` is the canonical path below the resource's prefix; patterns are URLPattern pathnames, case-sensitive.
 */
export function permittingActions(
  resource: Resource,
  granted: readonly string[],
  method: string,
  path: string,
): readonly string[] {
  const permitting: string[] = [];
  for (const [action, rules] of compile(resource)) {
    if (!granted.includes(action)) continue;
    const permits = rules.some(
      (rule) => rule.methods.has(method) && rule.patterns.some((pattern) => pattern.test({ pathname: path })),
    );
    if (permits) permitting.push(action);
  }
  return permitting;
}

/** True when the resource's personal columns must be masked for a call that `permitting` actions let through. */
export function mustMask(resource: Resource, permitting: readonly string[]): boolean {
  const personal = resource.tags.includes('pii') || resource.personalColumns.length > 0;
  return personal && !permitting.includes(READ_PII);
}
