// What a verification found, in the words of a person.
import type { Diagnosis } from '#shared/audit/diagnose-export.ts';
import type { RangeEdge, RangeShown } from '#shared/audit/range-times.ts';
import type { ExportProblem } from '#shared/audit/export-problem.ts';
import type { VerifiedExport } from '#shared/audit/verify-export.ts';

const BAD_RECORDS = {
  not_a_record: 'is no record',
  wrong_sequence: 'has another sequence number',
  wrong_origin: 'is of another log',
  wrong_epoch: 'is of another epoch',
  bad_pruned_leaf: 'is a pruned record without a proper leaf hash',
  too_long: 'is longer than a record may be',
  cut: 'is cut off',
} as const;

const BAD_CHECKPOINTS = {
  not_a_signed_note: 'is no signed note',
  not_a_checkpoint: 'is no checkpoint',
  no_signature_of_this_key: 'has no signature of this key',
  bad_signature: 'was changed: its signature does not hold',
} as const;

const records = (count: number): string => (count === 1 ? '1 record' : `${count} records`);

/** Why an export was refused, and which record is the first bad one. */
export function refusal(problem: ExportProblem, diagnosis: Diagnosis | null): string {
  return diagnosis === null || diagnosis.kind === 'signed_so'
    ? `${problemWords(problem)}${diagnosis === null ? '' : ', and was signed so: whoever held the key wrote it'}`
    : diagnosisWords(diagnosis);
}

function diagnosisWords(diagnosis: Exclude<Diagnosis, { kind: 'signed_so' }>): string {
  const { record } = diagnosis;
  switch (diagnosis.kind) {
    case 'changed':
      return `record ${record} was changed`;
    case 'removed':
      return `record ${record} was removed${diagnosis.records === 1 ? '' : `, ${diagnosis.records} records in a row`}`;
    case 'inserted':
      return `${diagnosis.lines === 1 ? 'a line was' : `${diagnosis.lines} lines were`} inserted before record ${record}`;
    case 'moved':
      return `record ${record} was moved: record ${diagnosis.of} stands in its place`;
    case 'doubled':
      return `in the place of record ${record} stands a second copy of record ${diagnosis.of}`;
    case 'cut':
      return `the log was cut before record ${record}: ${records(diagnosis.records)} missing at its end`;
    case 'lengthened':
      return `the log was lengthened: what stands after record ${record - 1} was never signed`;
  }
}

function problemWords(problem: ExportProblem): string {
  switch (problem.code) {
    case 'unreadable_file':
      return `${problem.file} is missing`;
    case 'not_a_public_key':
      return 'log.pem is not one Ed25519 public key';
    case 'another_key':
      return `another key: it was signed with ${problem.fingerprint}`;
    case 'bad_rotation':
      return `key change ${problem.rotation}: ${problem.reason.replaceAll('_', ' ')}`;
    case 'bad_checkpoint':
      return `the ${problem.which === 'old' ? 'kept ' : ''}checkpoint ${BAD_CHECKPOINTS[problem.reason]}`;
    case 'another_origin_than_before':
      return `another log than that of the kept checkpoint: ${problem.origin}`;
    case 'shorter_than_before':
      return `shorter than before: it has ${records(problem.size)}, the kept checkpoint has ${problem.oldSize}`;
    case 'empty_log':
      return 'the checkpoint is of an empty log';
    case 'bad_record':
      return `record ${problem.record} ${BAD_RECORDS[problem.reason]}`;
    case 'records_beyond_checkpoint':
      return `the log was lengthened: what stands after record ${problem.size - 1} was never signed`;
    case 'records_missing':
      return `the log was cut before record ${problem.records}: ${records(problem.size - problem.records)} missing at its end`;
    case 'bodies_missing':
      return `the bodies of ${records(problem.pruned)} are gone, and the log says that ${problem.told} were pruned${problem.record === null ? '' : `: not record ${problem.record}`}`;
    case 'history_rewritten':
      return `the log was rewritten, or is a fork: its first ${problem.oldSize} records are not those of the kept checkpoint`;
    case 'old_not_covered':
      return `the kept checkpoint is of ${records(problem.oldSize)}, and this part of the log cannot be compared with it: export it with --since, or the whole log`;
    case 'bad_range':
      return 'range.json does not fit this log';
    case 'range_differs':
      return `the range is another one than is claimed: at its ${problem.side} is record ${problem.record}`;
    case 'root_differs':
      return 'the root differs: something was changed since it was signed (without a true `leaves` file nobody can say which record)';
  }
}

/** What was verified, line by line; the first one is the verdict. */
export function verdict(verified: VerifiedExport): readonly string[] {
  const { range, origin, pruned, continuesOld, fingerprint, keyChanges } = verified;
  const what = verified.verdict === 'verified' ? 'verified' : 'internally consistent only';
  const gone = pruned === 0 ? '' : `, ${pruned} of them pruned to their leaf hashes`;
  const lines =
    range === null
      ? [`${what}: ${records(verified.records)} of ${origin}${gone}`]
      : [
          `${what}: ${records(range.records)} of ${origin}, ${rangeWords(range)}${gone}`,
          ...shownOf(range, verified.records),
        ];
  lines.push(`signed with key ${fingerprint}`);
  if (keyChanges > 0)
    lines.push(
      `its key was changed ${keyChanges === 1 ? 'once' : `${keyChanges} times`}, each time signed by both keys`,
    );
  if (continuesOld) lines.push('continues the checkpoint that was kept');
  if (verified.verdict !== 'verified')
    lines.push('not shown: who made it. Anybody could have; give the fingerprint of the key from elsewhere with --key');
  return lines;
}

function rangeWords({ fromMs, untilMs }: RangeShown): string {
  const from = fromMs === null ? 'since the log began' : `from ${time(fromMs)}`;
  return untilMs === null ? `${from} to its last record` : `${from} until ${time(untilMs)}`;
}

function shownOf(range: RangeShown, size: number): readonly string[] {
  const { first, start, end, otherTimes } = range;
  const place =
    range.records === 0
      ? `they would stand before record ${first}`
      : `they are records ${first} to ${first + range.records - 1}`;
  const lines = [`shown: ${place} of ${size}, in this order, and none between them is left out`];
  lines.push(edgeWords(start, 'before'), edgeWords(end, 'after'));
  if (otherTimes > 0) lines.push(`${records(otherTimes)} among them bear other times: a clock was set`);
  lines.push('not shown: that no record further away bears a time of the range, as after a clock was set back');
  return lines;
}

function edgeWords(edge: RangeEdge, side: 'before' | 'after'): string {
  switch (edge) {
    case 'record_outside':
      return `shown: the record just ${side} them lies outside of the range`;
    case 'end_of_log':
      return side === 'before' ? 'shown: the log begins with them' : 'shown: the signed log ends with them';
    case 'not_shown':
      return `not shown: that the range has no record ${side} them; the one just ${side} is pruned`;
  }
}

const time = (timeMs: number): string => new Date(timeMs).toISOString();
