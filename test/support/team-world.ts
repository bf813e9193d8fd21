// The people of broker-world.ts with an on-call engineer, a deputy whom only an escalation asks, and a catalog of which
// the confidential dataset escalates and the restricted one opens in an emergency.
import { readFileSync } from 'node:fs';
import type { Wish } from '#shared/client/broker-client.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { openWorld, type World, type WorldOptions } from './broker-world.ts';
import { CONFIG } from './world-files.ts';

export const TEAM_CONFIG = CONFIG.replace(
  '    holidays:',
  `      - { name: olu, displayName: Olu Ade, roles: [oncall], teams: [platform], contractor: false, zoneinfo: Europe/Berlin }
      - { name: olu2, displayName: Olu Ade (night), person: olu, roles: [oncall], teams: [platform], contractor: false, zoneinfo: Europe/Berlin }
      - { name: dee, displayName: Dee Ruiz, roles: [approver], teams: [deputies], contractor: false, zoneinfo: Europe/Berlin }
    holidays:`,
);

const SOLO = readFileSync(new URL('../../examples/solo/catalog.yaml', import.meta.url), 'utf8');

/** The catalog with lines put under the entry of a resource. */
export function catalogWith(resource: string, lines: readonly string[], catalog = SOLO): string {
  const head = `  - id: ${resource}\n`;
  if (!catalog.includes(head)) throw new Error(`no ${resource} in the catalog`);
  return catalog.replace(head, `${head}${lines.map((line) => `    ${line}\n`).join('')}`);
}

export const ESCALATING = catalogWith('dataset:legislators', [
  'approvals: { remindAfter: [PT15M, PT1H], escalateAfter: PT2H, escalateTo: [deputies], cooldown: PT1H }',
]);

export async function openTeamWorld(options: WorldOptions = {}): Promise<World> {
  return await openWorld({ config: TEAM_CONFIG, catalog: ESCALATING, ...options });
}

export const EMERGENCY: Wish = {
  resource: 'dataset:campaign-finance',
  actions: ['read'],
  purpose: 'incident',
  durationMs: 30 * MINUTE_MS,
  justification: 'The nightly export is corrupt and the report is due at six.',
  breakGlass: true,
};
