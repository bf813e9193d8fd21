// The audit routes: records, checkpoint and proofs of the ledger.
import { json, refused } from './answer.ts';
import type { Handlers } from './handler.ts';

export const auditHandlers: Handlers<'auditRecords' | 'auditCheckpoint' | 'auditInclusion' | 'auditConsistency'> = {
  auditRecords: async (deps, { principal, query }) => {
    const whose = principal.admin ? {} : { subject: principal.subject };
    const records = await deps.ledger.records({ afterSequence: query.after, limit: query.limit, ...whose });
    const last = records.at(-1);
    return json({
      records: records.map(({ sequence, canonical }) => ({ sequence, record: JSON.parse(canonical) as unknown })),
      next: last !== undefined && records.length === query.limit ? last.sequence : null,
    });
  },
  auditCheckpoint: async (deps) => {
    const checkpoint = await deps.ledger.checkpoint();
    if (checkpoint === null) return refused({ code: 'not_found', detail: 'The ledger is empty.' });
    return { kind: 'text', type: 'text/plain; charset=utf-8', body: checkpoint };
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
