import { expect, test } from 'vitest';
import { countTests, readReport } from '../../build/test-report.ts';

const passing = {
  success: true,
  numTotalTests: 3,
  numPassedTests: 2,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 0,
  testResults: [{ status: 'passed', assertionResults: [{ status: 'passed' }] }],
};

test('counts what passed and what was skipped', () => {
  expect(countTests(passing)).toEqual({ passed: 2, failed: 0, skipped: 1, whole: true });
});

test('a run without tests is not whole', () => {
  const none = { ...passing, numTotalTests: 0, numPassedTests: 0, numPendingTests: 0, testResults: [] };
  expect(countTests(none).whole).toBe(false);
});

test('a file that could not be loaded is a failure', () => {
  const broken = { ...passing, success: false, testResults: [{ status: 'failed', assertionResults: [] }] };
  expect(countTests(broken)).toMatchObject({ failed: 1 });
});

test('an unsuccessful run without a failed test (an unhandled error) is not whole', () => {
  expect(countTests({ ...passing, success: false }).whole).toBe(false);
});

test('no report at all is not whole', () => {
  expect(readReport('/nonexistent/report.json')).toEqual({ passed: 0, failed: 0, skipped: 0, whole: false });
});
