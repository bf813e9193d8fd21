// `npm run bench -- NAME [--json] [--option value …]`: runs one benchmark of this folder; without a name lists them.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, BenchOptions, BenchResult } from './measure.ts';

const NOT_BENCHES: ReadonlySet<string> = new Set(['run.ts', 'measure.ts']);

function benchNames(): readonly string[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.ts') && !NOT_BENCHES.has(file))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

/** What they were called before, and still are in notes of figures. */
const EARLIER_NAMES: ReadonlyMap<string, string> = new Map([
  ['ledger', 'audit-append'],
  ['verify', 'audit-verify'],
]);

type CommandLine = { readonly name: string | null; readonly json: boolean; readonly options: BenchOptions };

function readCommandLine(args: readonly string[]): CommandLine {
  const options: Record<string, string> = {};
  let name: string | null = null;
  let json = false;
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? '';
    if (argument === '--json') json = true;
    else if (argument.startsWith('--')) {
      at += 1;
      options[argument.slice(2)] = args[at] ?? '';
    } else if (name === null) name = EARLIER_NAMES.get(argument) ?? argument;
    else throw new Error(`unexpected ${argument}: one benchmark at a time`);
  }
  return { name, json, options };
}

async function load(name: string): Promise<Bench> {
  const module: unknown = await import(join(import.meta.dirname, `${name}.ts`));
  const isBench = typeof module === 'object' && module !== null && 'run' in module && typeof module.run === 'function';
  if (!isBench) throw new Error(`test/bench/${name}.ts exports no run()`);
  return module.run as Bench;
}

function printTable({ name, figures, floor, goals }: BenchResult): void {
  console.log(`\n${name}`);
  const rows = [
    ...Object.entries(figures).map(([figure, value]) => [figure, value, goalOf(figure, goals)] as const),
    ...Object.entries(floor).map(([figure, value]) => [`floor: ${figure}`, value, ''] as const),
  ];
  const width = Math.max(...rows.map(([figure]) => figure.length));
  for (const [figure, value, note] of rows) {
    console.log(`  ${figure.padEnd(width)}  ${String(value).padStart(10)}  ${note}`);
  }
}

function goalOf(figure: string, goals: BenchResult['goals']): string {
  const found = goals.find((one) => one.figure === figure);
  if (found === undefined) return '';
  const bounds = [
    ...(found.atMost === undefined ? [] : [`at most ${found.atMost}`]),
    ...(found.atLeast === undefined ? [] : [`at least ${found.atLeast}`]),
  ];
  return `${found.met ? 'met' : 'MISSED'}: ${bounds.join(', ')}`;
}

const { name, json, options } = readCommandLine(process.argv.slice(2));
if (name === null || !benchNames().includes(name)) {
  if (name !== null) console.error(`no benchmark ${name}`);
  console.log(`usage: npm run bench -- NAME [--json]\nbenchmarks: ${benchNames().join(', ')}`);
  process.exitCode = name === null ? 0 : 1;
} else {
  const bench = await load(name);
  const result = await bench(options);
  printTable(result);
  if (json) console.log(JSON.stringify(result));
}
