// `npm run torture -- audit [--kills N] [--desktops N] [--seed N] [--json]`: a broker and desktops are killed -9 at random
// over a network that errs, loses answers, repeats and reorders, with clocks that jump and disks that are put back. With
// --json the last line is `{ok, kills, records, lost, doubled, gaps, faults, …}`; exits 1 unless ok.
import { parseArgs } from 'node:util';
import { type AuditReport, tortureAudit } from '#test/torture/audit/audit.ts';

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    kills: { type: 'string', default: '200' },
    desktops: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

function say({ hardness, seed, troubles, committed, records, epochs, ...found }: AuditReport): void {
  const facts = Object.entries(hardness).map(([what, count]) => `${what} ${count}`);
  console.log(`${committed} records committed by their journals, ${records} in the ledger and the ${epochs} epochs of its desktops
${facts.join(', ')}
seed ${seed}`);
  const { lost, doubled, unwritten, disordered, gaps, faults } = found;
  for (const [what, list] of Object.entries({ lost, doubled, unwritten, disordered, gaps, faults }))
    for (const one of list.slice(0, 50)) console.error(`${what}: ${one}`);
  if (!found.ok) for (const [text, times] of troubles) console.error(`${times} times: ${text}`);
}

const wanted = Number(values.kills);
let told = 0;
const report = await tortureAudit({
  kills: wanted,
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
const counts = Object.fromEntries(
  (['lost', 'doubled', 'gaps', 'unwritten', 'disordered', 'faults'] as const).map((what) => [
    what,
    report[what].length,
  ]),
);
if (values.json)
  console.log(JSON.stringify({ ok, kills: hardness.kills, records, ...counts, committed, epochs, seed, hardness }));
process.exit(ok ? 0 : 1);
