// Loads catalog and policies as one: both good together, or neither. Reads files, changes nothing.
import type { PolicyEngine } from '#broker/policy/engine.ts';
import { policyGuards } from '#broker/policy/guards.ts';
import type { Resource } from '#shared/contracts/catalog.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { ResourceId } from '#shared/domain/scope.ts';
import type { DurationMs } from '#shared/domain/time.ts';
import { catalogHash, parseCatalog } from './catalog.ts';
import { resourceGuardOf, type Guards } from './guards.ts';
import type { Hashes } from './diff.ts';
import type { ConfigProblem } from './problem.ts';
import { readSource } from './read-document.ts';
import { readPolicies, type PolicySources } from './read-policies.ts';
import type { YamlSource } from './yaml-document.ts';

export type Part = 'catalog' | 'policies';
export type PartInForce = { readonly hash: string; readonly entries: Hashes };

/** What may be asked for and what is allowed, as it was loaded together. Never changed, only replaced. */
export type Snapshot = {
  readonly resources: () => readonly Resource[];
  readonly resource: (id: ResourceId) => Resource | null;
  /** See `catalogHash`: what a scope pins of an entry. */
  readonly catalogHash: (resource: Resource) => string;
  readonly policy: PolicyEngine;
  readonly parts: Readonly<Record<Part, PartInForce>>;
  /** What it was made from. */
  readonly texts: RulesTexts;
  readonly guards: Guards;
};

/** The files as they were read. */
export type RulesTexts = { readonly catalog: YamlSource; readonly policies: PolicySources };

export type ConfigurationRefused = {
  readonly code: 'configuration_refused';
  readonly problems: readonly (ConfigProblem & { readonly part: Part })[];
};

/** The policy loader: texts and the catalog's actions in, an engine or every problem out. */
export type LoadPolicies = (
  sources: readonly YamlSource[],
  options: { readonly actions: readonly string[] },
) => Result<PolicyEngine, readonly Omit<ConfigProblem, 'path'>[]>;

export type RulesFiles = {
  readonly catalogFile: string;
  readonly policiesFolder: string;
  readonly maxTokenLifeMs: DurationMs;
  readonly loadPolicies: LoadPolicies;
};

/** Reads the files. Refuses what cannot be read. */
export async function readRules(
  files: Pick<RulesFiles, 'catalogFile' | 'policiesFolder'>,
): Promise<Result<RulesTexts, ConfigurationRefused>> {
  const catalog = await readSource(files.catalogFile);
  if (!catalog.ok) return refused('catalog', catalog.error);
  const policies = await readPolicies(files.policiesFolder);
  return policies.ok ? ok({ catalog: catalog.value, policies: policies.value }) : refused('policies', policies.error);
}

/** Makes a snapshot of what was read, or gives every problem of it. */
export function parseRules(
  texts: RulesTexts,
  files: Pick<RulesFiles, 'maxTokenLifeMs' | 'loadPolicies'>,
): Result<Snapshot, ConfigurationRefused> {
  const catalog = parseCatalog(texts.catalog, files);
  // Policies are checked against the catalog's actions: without a catalog there is nothing to say of them.
  if (!catalog.ok) return refused('catalog', catalog.error);
  const { sources, fileHashes } = texts.policies;
  const { resources, actions, hash, entryHashes } = catalog.value;
  const engine = files.loadPolicies(sources, { actions });
  if (!engine.ok) {
    return refused(
      'policies',
      engine.error.map(({ file, line, column, message }) => ({ file, line, column, path: '', message })),
    );
  }
  const list = [...resources.values()];
  return ok({
    resources: () => list,
    resource: (id) => resources.get(id) ?? null,
    catalogHash,
    policy: engine.value,
    parts: {
      catalog: { hash, entries: entryHashes },
      policies: { hash: engine.value.policyHash, entries: fileHashes },
    },
    texts,
    guards: {
      resources: Object.fromEntries(list.map((resource) => [resource.id, resourceGuardOf(resource)])),
      policies: policyGuards(sources),
    },
  });
}

/** Reads the files and makes a snapshot of them. */
export async function loadRules(files: RulesFiles): Promise<Result<Snapshot, ConfigurationRefused>> {
  const texts = await readRules(files);
  return texts.ok ? parseRules(texts.value, files) : texts;
}

function refused(part: Part, problems: readonly ConfigProblem[]): Result<never, ConfigurationRefused> {
  return err({ code: 'configuration_refused', problems: problems.map((problem) => ({ ...problem, part })) });
}
