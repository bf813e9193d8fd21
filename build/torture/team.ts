// `npm run torture -- team [--kills N | --crowd SECONDS | --outage SECONDS] [--requesters N] [--approvers N] [--seed N] [--json]`:
// a real team of two replicas on PostgreSQL is disturbed while people use it, and everything is checked afterwards. With
// --json the last line is `{ok, kills, requests, grants, lost, doubled, outlived, faults, records}`; exits 1 unless ok.
import { parseArgs } from 'node:util';
import { crowd, kills, outage } from '#test/torture/disturb.ts';
import { torture, type TortureOptions, type TortureReport } from '#test/torture/team.ts';

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    kills: { type: 'string' },
    crowd: { type: 'string' },
    outage: { type: 'string' },
    requesters: { type: 'string' },
    approvers: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

function disturbance(): TortureOptions['disturb'] {
  if (values.crowd !== undefined) return () => crowd(Number(values.crowd) * 1000);
  if (values.outage !== undefined) return ({ postgres }) => outage(postgres, Number(values.outage) * 1000);
  const wanted = Number(values.kills ?? '50');
  return () =>
    kills(wanted, (done) => {
      if (done % 50 === 0) console.log(`${done} of ${wanted} kills`);
    });
}

function say(report: TortureReport): void {
  const { journal, lost, doubled, outlived, faults } = report;
  const problems = [...journal.problems].map(([code, times]) => `${code} ${times}`).join(', ');
  console.log(`${report.requests} requests, ${report.grants} grants, ${report.records} records in the ledger
uses: ${journal.uses.allowed} allowed, ${journal.uses.refused} refused; ${journal.unknownOutcomes} answers never came
problems that were answered: ${problems === '' ? 'none' : problems}
seed ${report.seed}`);
  for (const [what, found] of Object.entries({ lost, doubled, outlived, faults }))
    for (const one of found) console.error(`${what}: ${one}`);
  if (!report.ok) console.error(report.logs);
}

const many = values.crowd !== undefined;
const report = await torture({
  disturb: disturbance(),
  requesters: Number(values.requesters ?? (many ? 50 : 8)),
  approvers: Number(values.approvers ?? (many ? 10 : 4)),
  ...(values.seed === undefined ? {} : { seed: Number(values.seed) }),
});
say(report);
const { ok, requests, grants, records, disturbances } = report;
const counts = Object.fromEntries(
  (['lost', 'doubled', 'outlived', 'faults'] as const).map((what) => [what, report[what].length]),
);
if (values.json) console.log(JSON.stringify({ ok, kills: disturbances, requests, grants, ...counts, records }));
process.exit(ok ? 0 : 1);
