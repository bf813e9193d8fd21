// `npm run policy -- diff`: which past requests would come out otherwise with other policies or another catalog.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig, type LoadedConfig } from '#broker/config/load-config.ts';
import { loadRules, type Snapshot } from '#broker/config/load-rules.ts';
import { formatProblem } from '#broker/config/problem.ts';
import { secretsOf } from '#broker/open-broker.ts';
import { loadPolicies } from '#broker/policy/load-policies.ts';
import type { Tables } from '#broker/store.ts';
import { DAY_MS } from '#shared/domain/time.ts';
import { openReadOnly } from '#shared/store/open-read-only.ts';
import { diffPolicies, type PolicyDiff } from './policy-diff.ts';
import { readHistory } from './policy-history.ts';

export const DIFF_USAGE =
  'npm run policy -- diff --config FILE [--data-folder DIR] [--policies DIR] [--catalog FILE] [--days N] [--fail-on-flip] [--json]';

const DAYS = 30;

/** Gives the exit code: 0 done, 1 something does not load, or a flip with --fail-on-flip; 2 wrong use. */
export async function runDiff(args: readonly string[], nowMs: number): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string' },
      'data-folder': { type: 'string' },
      policies: { type: 'string' },
      catalog: { type: 'string' },
      days: { type: 'string', default: String(DAYS) },
      'fail-on-flip': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const days = Number(values.days);
  if (values.config === undefined || !Number.isInteger(days) || days < 1) {
    console.error(`usage: ${DIFF_USAGE}`);
    return 2;
  }
  const loaded = await loadConfig(values.config, values['data-folder']);
  if (!loaded.ok) return told(loaded.error.map(formatProblem));
  const now = await rulesOf(loaded.value, {});
  const other = await rulesOf(loaded.value, values);
  if (!now.ok) return told(now.error.problems.map(formatProblem));
  if (!other.ok) return told(other.error.problems.map(formatProblem));
  const diff = await compare(loaded.value, now.value, other.value, nowMs - days * DAY_MS);
  if (values.json) console.log(JSON.stringify(diff));
  else print(diff, days);
  return values['fail-on-flip'] && diff.flips.length > 0 ? 1 : 0;
}

function told(problems: readonly string[]): number {
  for (const problem of problems) console.error(problem);
  return 1;
}

type Given = { readonly policies?: string | undefined; readonly catalog?: string | undefined };

async function rulesOf(loaded: LoadedConfig, { policies, catalog }: Given) {
  return await loadRules({
    catalogFile: catalog === undefined ? loaded.catalogFile : resolve(catalog),
    policiesFolder: policies === undefined ? loaded.policiesFolder : resolve(policies),
    maxTokenLifeMs: loaded.config.tokens.maxLife,
    loadPolicies,
  });
}

async function compare(loaded: LoadedConfig, now: Snapshot, other: Snapshot, sinceMs: number): Promise<PolicyDiff> {
  const { config, store } = loaded;
  const reference = config.mode === 'standalone' ? config.storePassword : undefined;
  const password = reference === undefined ? {} : { password: await secretsOf(loaded).read(reference) };
  const db = openReadOnly<Tables>(store.kind === 'sqlite' ? store : { ...store, ...password });
  try {
    return diffPolicies(await readHistory(db, loaded, sinceMs), now, other);
  } finally {
    await db.destroy();
  }
}

function print({ replayed, skipped, unlikeThen, flips }: PolicyDiff, days: number): void {
  for (const { askedAt, request, resource, from, to, because } of flips)
    console.log(`${askedAt}  ${request}  ${resource}: ${from} → ${to}  ${because.join(', ')}`);
  console.log(`${flips.length} of ${replayed} requests of the last ${days} days would come out otherwise`);
  if (skipped > 0) console.log(`${skipped} more could not be asked again: nobody knows their requester any more`);
  if (unlikeThen > 0)
    console.log(
      `${unlikeThen} come out otherwise than they did with today's policies too: their facts were others then`,
    );
}
