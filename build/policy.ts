// `npm run policy -- diff …`, see policy-diff-command.ts. `npm run policy -- test DIR [--json]`: checks policies, runs their cases, and holds the invariants over scenarios.
// Exit code 0: all well; 1: something is wrong with the policies; 2: wrong use of the command.
import { parseArgs } from 'node:util';
import { DIFF_USAGE, runDiff } from './policy-diff-command.ts';
import { loadPolicyFolder } from './policy-folder.ts';
import { runCase, type CaseResult } from './policy-run.ts';
import { runScenarios, type ScenarioReport } from './policy-scenarios.ts';

const SCENARIOS = 2_000;
const USAGE = `usage: npm run policy -- test DIR [--json]\n       ${DIFF_USAGE}`;

async function main(): Promise<number> {
  if (process.argv[2] === 'diff') return await runDiff(process.argv.slice(3), Date.now());
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  });
  const [command, folder, ...rest] = positionals;
  if (command !== 'test' || folder === undefined || rest.length > 0) {
    console.error(USAGE);
    return 2;
  }
  const loaded = await loadPolicyFolder(folder);
  if (!loaded.ok) {
    if (values.json) console.log(JSON.stringify({ ok: false, problems: loaded.error }));
    else for (const problem of loaded.error) console.error(problem);
    return 1;
  }
  const started = performance.now();
  const cases = loaded.value.caseSets
    .flatMap((set) => set.cases)
    .map((policyCase) => runCase(loaded.value.engine, policyCase));
  const scenarios = runScenarios(loaded.value, SCENARIOS);
  const elapsedMs = Math.round(performance.now() - started);
  const failed = cases.filter(({ faults }) => faults.length > 0).length;
  const passed = failed === 0 && scenarios.violations.length === 0;
  if (values.json)
    console.log(
      JSON.stringify({ ok: passed, policyHash: loaded.value.engine.policyHash, elapsedMs, cases, scenarios }),
    );
  else print(cases, scenarios, elapsedMs);
  return passed ? 0 : 1;
}

function print(cases: readonly CaseResult[], scenarios: ScenarioReport, elapsedMs: number): void {
  for (const { name, place, faults, decision } of cases) {
    console.log(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${name}: ${decision.outcome}`);
    for (const fault of faults) console.log(`       ${place}: ${fault}`);
  }
  const failed = cases.filter(({ faults }) => faults.length > 0).length;
  console.log(`\n${cases.length - failed} cases as expected, ${failed} not`);
  console.log(
    `${scenarios.scenarios} generated scenarios: ${Object.entries(scenarios.outcomes)
      .map(([outcome, count]) => `${count} ${outcome}`)
      .join(', ')}`,
  );
  for (const violation of scenarios.violations.slice(0, 20)) console.log(`     ${violation}`);
  console.log(`${scenarios.violations.length} violations of the invariants, ${elapsedMs} ms`);
}

process.exitCode = await main();
