// Loads a folder of policies with its catalog and cases, the way the broker would, for the `policy` command and tests.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { catalogSchema, type Resource } from '#shared/contracts/catalog.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { PolicyEngine } from '#broker/policy/engine.ts';
import { loadPolicies } from '#broker/policy/load-policies.ts';
import { formatProblem } from '#broker/policy/policy-problem.ts';
import type { PolicyFile } from '#broker/policy/policy-source.ts';
import { readPolicyFolder } from '#broker/policy/read-policy-folder.ts';
import { readCases, type CaseSet } from './policy-cases.ts';

export type PolicyFolder = {
  readonly sources: readonly PolicyFile[];
  readonly engine: PolicyEngine;
  readonly resources: readonly Resource[];
  readonly actions: readonly string[];
  readonly caseSets: readonly CaseSet[];
};

/** Takes DIR (`*.cedar`, `cases/*.yaml`, and `catalog.yaml` in its parent); gives it loaded, or what is wrong with it. */
export async function loadPolicyFolder(folder: string): Promise<Result<PolicyFolder, readonly string[]>> {
  const resources = await readResources(path.join(folder, '..', 'catalog.yaml'));
  if (!resources.ok) return resources;
  const actions = [...new Set(resources.value.flatMap((resource) => Object.keys(resource.actions)))];
  const sources = await readPolicyFolder(folder);
  const engine = loadPolicies(sources, { actions });
  if (!engine.ok) return err(engine.error.map(formatProblem));
  const caseSets: CaseSet[] = [];
  for (const file of await caseFiles(path.join(folder, 'cases'))) {
    const read = readCases({ file, text: await readFile(file, 'utf8') }, resources.value);
    if (!read.ok) return err(read.error.map((problem) => `${problem.file}:${problem.line}: ${problem.message}`));
    caseSets.push(read.value);
  }
  return ok({ sources, engine: engine.value, resources: resources.value, actions, caseSets });
}

async function readResources(file: string): Promise<Result<readonly Resource[], readonly string[]>> {
  if (!existsSync(file)) return ok([]);
  const parsed = catalogSchema.safeParse(parseYaml(await readFile(file, 'utf8')));
  if (parsed.success) return ok(parsed.data.resources);
  return err(parsed.error.issues.map((issue) => `${file}: ${issue.path.join('.')}: ${issue.message}`));
}

async function caseFiles(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).toSorted();
  return names.map((name) => path.join(folder, name));
}
