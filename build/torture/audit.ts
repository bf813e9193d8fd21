// `npm run torture -- audit [--kills N] [--desktops N] [--store sqlite|postgres] [--seed N] [--json]`: a broker and desktops are killed -9 at random
// over a network that errs, loses answers, repeats and reorders, with clocks that jump and disks that are put back. With
// --json the last line is `{ok, kills, records, lost, doubled, gaps, unkept, undelivered, faults, …}`; exits 1 unless ok.
import { parseArgs } from 'node:util';
import { type AuditReport, tortureAudit } from '#test/torture/audit/audit.ts';

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    kills: { type: 'string', default: '200' },
    desktops: { type: 'string' },
    store: { type: 'string', default: 'sqlite' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

/** What must be empty. */
const LISTS = ['lost', 'doubled', 'gaps', 'unwritten', 'disordered', 'unkept', 'undelivered', 'faults'] as const;

function say({ hardness, seed, troubles, committed, records, epochs, ...found }: AuditReport): void {
  const facts = Object.entries(hardness).map(([what, count]) => `${what} ${count}`);
  console.log(`${committed} records committed by their journals, ${records} in the ledger and the ${epochs} epochs of its desktops
${facts.join(', ')}
seed ${seed}`);
  for (const what of LISTS) for (const one of found[what].slice(0, 50)) console.error(`${what}: ${one}`);
  if (!found.ok) for (const [text, times] of troubles) console.error(`${times} times: ${text}`);
}

if (values.store !== 'sqlite' && values.store !== 'postgres') throw new Error('--store is sqlite or postgres');
const { store } = values;
const wanted = Number(values.kills);
let told = 0;
const report = await tortureAudit({
  kills: wanted,
  store,
  ...(values.desktops === undefined ? {} : { desktops: Number(values.desktops) }),
  ...(values.seed === undefined ? {} : { seed: Number(values.seed) }),
  onKills: (done) => {
    if (done - told < 100) return;
    told = done;
    console.log(`${done} of ${wanted} kills`);
  },
});
say(report);
const { ok, records, committed, epochs, hardness, seed } = report;
const counts = Object.fromEntries(LISTS.map((what) => [what, report[what].length]));
if (values.json)
  console.log(JSON.stringify({ ok, kills: hardness.kills, records, ...counts, committed, epochs, seed, hardness }));
process.exit(ok ? 0 : 1);
