// Holds both logs of one desk against each other and against themselves, as an auditor would: nothing twice, nothing
// without what must come before it. Gives every fault as one sentence.
import type { Logs, Told } from './outside.ts';

/** `held`: the collect ids that the keyring holds now. Each must be on record, and nothing else may be. */
export function faultsInLogs({ desktop, ledger }: Logs, held: readonly string[]): readonly string[] {
  return [...doubled(desktop), ...doubled(ledger), ...copyFaults(desktop, held), ...grantFaults(ledger)];
}

function doubled(log: readonly Told[]): readonly string[] {
  const seen = new Set<string>();
  return log.flatMap(({ uid, kind }) => (seen.has(uid) ? [`${kind} ${uid} is there twice`] : (seen.add(uid), [])));
}

function copyFaults(desktop: readonly Told[], held: readonly string[]): readonly string[] {
  const count = (kind: string, field: string, id: unknown): number =>
    desktop.filter((told) => told.kind === kind && told.data[field] === id).length;
  const at = (kind: string, field: string, id: unknown): number =>
    desktop.findIndex((told) => told.kind === kind && told.data[field] === id);
  const stored = desktop.filter(({ kind }) => kind === 'copy.stored');
  const isOver = (credential: unknown): boolean =>
    count('wipe.done', 'credential', credential) + count('copy.missing', 'credential', credential) > 0;
  const stillStored = stored.filter(({ data }) => !isOver(data['credential']));
  const recorded = new Set(stillStored.map(({ data }) => String(data['collectId'])));
  return [
    ...stored.flatMap(({ data }) => {
      const { collectId, credential } = data;
      return [
        ...(count('copy.intended', 'collectId', collectId) === 1 ? [] : [`${String(collectId)} was not intended once`]),
        ...(count('copy.stored', 'collectId', collectId) === 1 ? [] : [`${String(collectId)} is stored twice`]),
        ...(at('copy.intended', 'collectId', collectId) < at('copy.stored', 'collectId', collectId)
          ? []
          : [`${String(collectId)} was stored before it was intended`]),
        ...(count('wipe.done', 'credential', credential) <= 1 ? [] : [`${String(credential)} was wiped twice`]),
      ];
    }),
    ...held.filter((id) => !recorded.has(id)).map((id) => `the keyring holds ${id}, which is not on record as stored`),
    ...[...recorded].filter((id) => !held.includes(id)).map((id) => `${id} is on record as stored, and is not there`),
  ];
}

function grantFaults(ledger: readonly Told[]): readonly string[] {
  const issued = ledger.filter(({ kind }) => kind === 'grant.issued');
  const count = (kind: string, grantId: string | null): number =>
    ledger.filter((told) => told.kind === kind && told.grantId === grantId).length;
  return issued.flatMap(({ grantId }) => [
    ...(count('grant.issued', grantId) === 1 ? [] : [`grant ${String(grantId)} was issued twice`]),
    ...(count('grant.ended', grantId) <= 1 ? [] : [`grant ${String(grantId)} ended twice`]),
  ]);
}
