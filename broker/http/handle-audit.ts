// The audit routes: records, checkpoint and proofs of the ledger, and what desktops append of their own logs.
import { rotationLine } from '#shared/audit/key-rotations.ts';
import { publicKeyOf } from '#shared/audit/log-key.ts';
import { RECORD_LINES } from '#shared/contracts/audit-api.ts';
import { type AppendRefusal, appendAudit } from '#broker/desktops/append.ts';
import { listDesktopLogs } from '#broker/desktops/list-logs.ts';
import { readFork } from '#broker/desktops/read-fork.ts';
import { readDesktopRecords } from '#broker/desktops/read-records.ts';
import { type Answer, json, refused } from './answer.ts';
import type { Call, HandlerDeps, Handlers } from './handler.ts';

type AuditRoute =
  | 'auditAppend'
  | 'auditRecords'
  | 'auditKey'
  | 'auditCheckpoint'
  | 'auditEpochs'
  | 'auditRotations'
  | 'desktopLogs'
  | 'desktopFork'
  | 'auditInclusion'
  | 'auditConsistency';

const MOST_EPOCHS = 1000;

export const auditHandlers: Handlers<AuditRoute> = {
  auditAppend: async (deps, { principal, deviceKey, body }) => {
    const key = publicKeyOf(deviceKey);
    // A device of another kind of key can sign its calls, but no C2SP checkpoint of ours.
    if (key === null) return refused({ code: 'invalid_checkpoint', detail: 'A log is signed with an Ed25519 key.' });
    const appended = await appendAudit(deps, { subject: principal.subject, key }, body);
    return appended.ok ? json(appended.value) : notAppended(appended.error);
  },
  auditRecords: async (deps, call) => {
    const { principal, query } = call;
    if (query.origin !== undefined) return await desktopRecords(deps, call, query.origin);
    if (query.epoch !== undefined)
      return refused({ code: 'invalid_request', detail: 'Only the log of a desktop is asked for by its epoch.' });
    const whose = principal.admin ? {} : { subject: principal.subject };
    const records = await deps.ledger.records({ afterSequence: query.after, limit: query.limit, ...whose });
    // Nothing is written anew: what was signed for is what the auditor gets.
    if (call.request.headers.get('accept') === RECORD_LINES)
      return { kind: 'text', type: RECORD_LINES, body: records.map(({ canonical }) => `${canonical}\n`).join('') };
    const last = records.at(-1);
    return json({
      records: records.map(({ sequence, canonical }) => ({ sequence, record: JSON.parse(canonical) as unknown })),
      next: last !== undefined && records.length === query.limit ? last.sequence : null,
    });
  },
  auditKey: (deps) => ({ kind: 'text', type: 'application/x-pem-file', body: deps.ledger.publicKeyPem() }),
  auditCheckpoint: async (deps) => {
    const checkpoint = await deps.ledger.checkpoint();
    if (checkpoint === null) return refused({ code: 'not_found', detail: 'The ledger is empty.' });
    return { kind: 'text', type: 'text/plain; charset=utf-8', body: checkpoint };
  },
  // For everybody who is known here: what was lost concerns all, and the record names nobody.
  auditEpochs: async (deps) => {
    const opened = await deps.ledger.records({ kinds: ['ledger.epoch_opened'], limit: MOST_EPOCHS });
    return json({ epochs: opened.map(({ canonical }) => canonical) });
  },
  auditRotations: async (deps, { request }) => {
    const rotations = [...(await deps.ledger.rotations())];
    if (request.headers.get('accept') !== RECORD_LINES) return json({ rotations, key: deps.ledger.publicKeyPem() });
    return { kind: 'text', type: RECORD_LINES, body: rotations.map((one) => `${rotationLine(one)}\n`).join('') };
  },
  desktopLogs: async ({ store, directory, clock, silentAfterMs }) =>
    json({ logs: [...(await listDesktopLogs({ db: store.read, directory }, clock.now(), silentAfterMs))] }),
  desktopFork: async ({ store }, { query }) => {
    const evidence = await readFork(store.read, query);
    return evidence === null ? refused({ code: 'not_found', detail: 'There is no such fork.' }) : json(evidence);
  },
  auditInclusion: async (deps, { query }) => {
    const hashes = await deps.ledger.inclusionProof(query.sequence, query.size);
    return hashes === null
      ? refused({ code: 'not_found', detail: 'No such record in a tree of that size.' })
      : json({ hashes: [...hashes] });
  },
  auditConsistency: async (deps, { query }) => {
    const hashes = await deps.ledger.consistencyProof(query.from, query.to);
    return hashes === null
      ? refused({ code: 'not_found', detail: 'The ledger has no trees of these sizes.' })
      : json({ hashes: [...hashes] });
  },
};

function notAppended({ code, detail, ...more }: AppendRefusal): Answer {
  return { kind: 'refused', refusal: { code, detail }, ...more };
}

async function desktopRecords(
  { store }: HandlerDeps,
  { principal, query }: Call<'auditRecords'>,
  origin: string,
): Promise<Answer> {
  const { epoch = null, after: afterSequence, limit } = query;
  const records = await readDesktopRecords(store.read, principal, { origin, epoch, afterSequence, limit });
  if (records === null) return refused({ code: 'not_found', detail: 'There is no such log.' });
  const last = records.at(-1);
  return json({ records: [...records], next: last !== undefined && records.length === limit ? last.sequence : null });
}
