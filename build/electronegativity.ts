// `npm run electronegativity`: scans the app, and fails for a finding that docs/security.md does not answer.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ANSWERS, compare } from './electronegativity/answers.ts';
import { electronVersion, PARTS, scan } from './electronegativity/scan.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

const findings = await scan(ROOT, PARTS, await electronVersion(ROOT));
const page = await readFile(path.join(ROOT, 'docs', 'security.md'), 'utf8');
const { unanswered, outdated, missing } = compare(findings, ANSWERS, page);

for (const { check, file, line, severity, code, description } of unanswered) {
  console.error(`${severity} ${check} ${file}:${line}: ${description}\n    ${code}`);
}
for (const { check, file } of outdated) console.error(`answered, but found no more: ${check} in ${file}`);
for (const heading of missing) console.error(`docs/security.md has no answer under the heading "${heading}"`);

const wrong = unanswered.length + outdated.length + missing.length;
console.log(`${findings.length} findings, ${findings.length - unanswered.length} answered`);
if (wrong > 0) {
  console.error('Mend the code, or answer in docs/security.md and build/electronegativity/answers.ts.');
  process.exitCode = 1;
}
