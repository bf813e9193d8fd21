// What auditors ask, and how to find it. The compiler knows the kinds, so no question can name one that is gone.
import type { AuditKind } from '#shared/domain/audit-event.ts';

type Question = { readonly asked: string; readonly kinds: readonly AuditKind[]; readonly how: string };

const QUESTIONS: readonly Question[] = [
  {
    asked: 'Who had access to X at the time T?',
    kinds: ['grant.issued', 'grant.reissued', 'grant.ended'],
    how: '`unmapped.resource` = X and an issue with `time` ≤ T, of whose `unmapped.grant_id` no end has `time` ≤ T. `data.endsAtMs` is the latest end that was possible; the receipt of the end says when it was checked.',
  },
  {
    asked: 'Who approved it, and exactly what?',
    kinds: ['approval.answered', 'request.approved', 'request.self_confirmed'],
    how: '`metadata.correlation_uid` = the request. `actor.user.uid` approved or rejected (`data.answer`) the scope with the hash `data.scopeHash`, or a narrower one (`data.narrowedTo`).',
  },
  {
    asked: 'Why did policy allow or deny it?',
    kinds: ['request.decided'],
    how: '`data.policies` names them, `data.policyHash` their exact text, `data.stage` when it was asked.',
  },
  {
    asked: 'What was done with the access?',
    kinds: ['use.started', 'use.finished', 'use.interrupted', 'use.refused'],
    how: '`unmapped.grant_id` = the grant; a start and its end share `data.useId`.',
  },
  {
    asked: 'Did access end when it should?',
    kinds: ['grant.ended', 'grant.revoke_failed'],
    how: '`data.receipt.lagMs` of the end; failures without a later end of the same grant are open.',
  },
  {
    asked: 'Which wipes failed?',
    kinds: ['wipe.failed', 'wipe.done'],
    how: '`type_uid` = 300404 and `status_id` = 2; done when a later `wipe.done` has the same `data.credential`. A wipe that nobody could record at once has `data.timeBounded`.',
  },
  {
    asked: 'Was there emergency access?',
    kinds: ['grant.broke_glass', 'request.submitted'],
    how: '`severity_id` = 4; its request has `data.breakGlass` true, its reason among the sealed words.',
  },
  {
    asked: 'Which guards became weaker, and who agreed?',
    kinds: ['config.held', 'change.answered', 'config.weakened'],
    how: 'All with the same `data.change`. `data.agreedBy` is `self_attested` where one person owns the broker.',
  },
  {
    asked: 'Has a desktop fallen silent?',
    kinds: ['audit.appended', 'app.stopped'],
    how: 'The newest `audit.appended` with its `data.origin`. A desktop that was quit in good order has `app.stopped` as its last record; one that just ends was killed, is offline, or is kept from sending.',
  },
  {
    asked: 'Was a log changed, or put back?',
    kinds: ['audit.forked', 'audit.epoch_opened', 'ledger.epoch_opened', 'checkpoint.regressed', 'checkpoint.restored'],
    how: '`severity_id` ≥ 3 with these kinds. Who watches whom is in security.md.',
  },
  {
    asked: 'Whose words were erased?',
    kinds: ['erasure.proposed', 'subject.erased'],
    how: '`unmapped.subject` of `subject.erased`; `data.change` leads to who asked and who agreed.',
  },
];

export function questionsSection(): string {
  const rows = QUESTIONS.map(({ asked, kinds, how }) => {
    const links = kinds.map((kind) => `[${kind}](#${kind.replace('.', '')})`);
    return `| ${asked} | ${links.join(', ')} | ${how} |`;
  });
  const intro =
    '`data.` is `unmapped.data.`. Every search can be narrowed by `unmapped.subject`, `unmapped.resource` and `time`.';
  return [
    '## Questions that an auditor asks',
    intro,
    ['| question | events | how |', '| --- | --- | --- |', ...rows].join('\n'),
  ].join('\n\n');
}
