// Reads the test runner's JSON report. Says "not whole" rather than guess when anything is missing.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const reportSchema = z.object({
  success: z.boolean(),
  numTotalTests: z.number(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});

export type TestCounts = {
  readonly passed: number;
  /** A test file that could not be loaded counts as one failure, since none of its tests ran. */
  readonly failed: number;
  readonly skipped: number;
  readonly whole: boolean;
};

/** Counts the tests in the report at `file`. A missing or unreadable report gives zeros and `whole: false`. */
export function readReport(file: string): TestCounts {
  try {
    return countTests(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return { passed: 0, failed: 0, skipped: 0, whole: false };
  }
}

export function countTests(json: unknown): TestCounts {
  const report = reportSchema.parse(json);
  const passed = report.numPassedTests;
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  const skipped = report.numPendingTests + report.numTodoTests;
  const consistent = passed + report.numFailedTests + skipped === report.numTotalTests;
  return { passed, failed, skipped, whole: consistent && passed + failed > 0 && (report.success || failed > 0) };
}
