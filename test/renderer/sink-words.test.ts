import { expect, it } from 'vitest';
import { factDetail, factTitle } from '#renderer/words/history.ts';
import { testedWords, todoWords, whyWords } from '#renderer/words/sinks.ts';
import type { HistoryFact } from '#shared/contracts/desktop/history.ts';
import type { SinkProblem } from '#shared/sinks/sinks.ts';
import type { SecretMissing } from '#electron/agent/sinks/sink-secrets.ts';

/** Complete by their types: a new problem must be named here, and have words. */
const PROBLEMS: Readonly<Record<SinkProblem, true>> = {
  unreachable: true,
  timed_out: true,
  tls_failed: true,
  redirected: true,
  unauthorized: true,
  not_found: true,
  rate_limited: true,
  unavailable: true,
  refused: true,
  rejected: true,
  bad_answer: true,
  no_secret: true,
  bad_secret: true,
  disk_full: true,
  not_writable: true,
};
const MISSING: Readonly<Record<Exclude<SecretMissing, 'too_large'>, true>> = {
  none: true,
  locked: true,
  failed: true,
  gone: true,
  file: true,
};

it('has words and a way out for every reason that a sink may have', () => {
  for (const code of [...Object.keys(PROBLEMS), ...Object.keys(MISSING).map((each) => `secret_${each}`)]) {
    expect(whyWords(code).why, code).not.toContain('it failed');
    expect(todoWords({ managed: false }, code), code).toMatch(/\.$/);
  }
  expect(whyWords('of_a_later_version').why).toBe('it failed (of a later version)');
});

it('asks nobody to mend what is the organisation’s', () => {
  for (const code of ['unauthorized', 'not_found', 'tls_failed', 'not_writable'])
    expect(todoWords({ managed: true }, code)).toBe('Tell your administrator.');
  expect(todoWords({ managed: true }, 'unreachable')).toBe('It is tried again by itself.');
  expect(testedWords({ managed: true }, { result: 'failed', code: 'unauthorized' })).toBe(
    'Not accepted: it refused the secret. Tell your administrator.',
  );
});

it('says of a record which place it is about, where, and why', () => {
  const fact = (kind: string, details: HistoryFact['details']): HistoryFact => ({
    id: 'evt_1',
    atMs: 0,
    kind,
    outcome: 'success',
    resource: null,
    grantId: null,
    details,
  });
  const added = { name: 'siem', sink: 'webhook', host: 'siem.example.org', by: 'organisation' };
  expect(factDetail(fact('sink.added', added))).toBe('siem · siem.example.org · by your organisation');
  expect(factDetail(fact('sink.tested', { name: 'siem', code: 'unauthorized' }))).toBe('siem · it refused the secret');
  expect(factDetail(fact('sink.resent', { name: 'siem', records: 1 }))).toBe('siem · 1 record');
  expect(factTitle(fact('sink.dead_letters', {}), null)).toBe('Records of the log refused for good');
});
