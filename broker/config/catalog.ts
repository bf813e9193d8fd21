// Loads the catalog and names what an approval depends on: the hash of each entry. Decides nothing about access.
import canonicalize from 'canonicalize';
import { createHash } from 'node:crypto';
import { catalogSchema, type Resource } from '#shared/contracts/catalog.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { ResourceId } from '#shared/domain/scope.ts';
import { formatDuration, type DurationMs } from '#shared/domain/time.ts';
import type { ConfigProblem } from './problem.ts';
import { checkDocument } from './read-document.ts';
import type { YamlDocument, YamlSource } from './yaml-document.ts';

export type Catalog = {
  readonly resources: ReadonlyMap<ResourceId, Resource>;
  /** Every action that any entry has, sorted. */
  readonly actions: readonly string[];
  /** Hash of each whole entry, to tell what changed between two catalogs. */
  readonly entryHashes: Readonly<Record<ResourceId, string>>;
  /** SHA-256 (hex) over all of it. */
  readonly hash: string;
};

/** Checks a catalog's text. `maxTokenLifeMs`: no entry may promise longer access than a token can give. */
export function parseCatalog(
  source: YamlSource,
  { maxTokenLifeMs }: { readonly maxTokenLifeMs: DurationMs },
): Result<Catalog, readonly ConfigProblem[]> {
  const checked = checkDocument(source, catalogSchema);
  if (!checked.ok) return checked;
  const { value, document } = checked.value;
  const problems = value.resources.flatMap((resource, index) => [
    ...lifeProblems(resource, index, document, maxTokenLifeMs),
    ...patternProblems(resource, index, document),
  ]);
  return problems.length > 0 ? err(problems) : ok(catalogOf(value.resources));
}

const PINNED = [
  'upstream',
  'database',
  'issuer',
  'verifier',
  'sensitivity',
  'tags',
  'personalColumns',
  'actions',
  'residency',
  'quotaBytes',
] as const satisfies readonly (keyof Resource)[];

/**
 * What an approval pins of a catalog entry: SHA-256 (hex) over canonical JSON (RFC 8785) of all that decides what the
 * access gives. Not only where it leads: tags and personal columns say what is masked, the action map says what `read`
 * means, residency and quota are limits that an approver counted on. A change of any of them makes every approval that
 * named the hash void and ends the grants that stand on it. Words, owners and the longest duration are not in it: they
 * change nothing for access that was approved, and new requests meet them anyway.
 */
export function catalogHash(resource: Pick<Resource, (typeof PINNED)[number]>): string {
  const known = hashes.get(resource);
  if (known !== undefined) return known;
  // What an entry has none of is not in it: the hashes of others stay as they were.
  const pinned = PINNED.map((field) => [field, resource[field]] as const).filter(([, value]) => value !== null);
  const hash = hashJson(Object.fromEntries(pinned));
  // The gateway asks on each call; an entry that is frozen cannot come to mean something else.
  if (Object.isFrozen(resource)) hashes.set(resource, hash);
  return hash;
}

const hashes = new WeakMap<object, string>();

function catalogOf(resources: readonly Resource[]): Catalog {
  const entryHashes = Object.fromEntries(resources.map((resource) => [resource.id, hashJson(resource)]));
  return {
    resources: new Map(resources.map((resource) => [resource.id, deepFreeze(resource)])),
    actions: [...new Set(resources.flatMap((resource) => Object.keys(resource.actions)))].sort(),
    entryHashes,
    hash: hashJson(entryHashes),
  };
}

function lifeProblems(
  resource: Resource,
  index: number,
  document: YamlDocument,
  maxTokenLifeMs: DurationMs,
): readonly ConfigProblem[] {
  if (resource.maxDuration <= maxTokenLifeMs) return [];
  const message = `longer than any token lives (tokens.maxLife is ${formatDuration(maxTokenLifeMs)})`;
  return [document.problemAt(['resources', index, 'maxDuration'], message)];
}

/** A pattern that does not parse would never match, and its action would look allowed but never work. */
function patternProblems(resource: Resource, index: number, document: YamlDocument): readonly ConfigProblem[] {
  return Object.entries(resource.actions).flatMap(([action, rules]) =>
    rules.flatMap((rule, ruleIndex) =>
      rule.paths.flatMap((pathname, pathIndex) => {
        const path = ['resources', index, 'actions', action, ruleIndex, 'paths', pathIndex];
        return isPattern(pathname) ? [] : [document.problemAt(path, 'not a URL pattern')];
      }),
    ),
  );
}

function isPattern(pathname: string): boolean {
  try {
    return new URLPattern({ pathname }).pathname !== '';
  } catch {
    return false;
  }
}

function hashJson(value: unknown): string {
  const canonical = canonicalize(value);
  if (canonical === undefined) throw new TypeError('nothing to hash');
  return createHash('sha256').update(canonical).digest('hex');
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
