// An example record of an event: everything that is random or secret in a real one is derived from the kind, so that
// the same page comes out each time.
import { createHash } from 'node:crypto';
import { placeRecord, unplacedRecord } from '#shared/audit/record.ts';
import type { AuditEvent } from '#shared/domain/audit-event.ts';
import type { EventType } from './read-types.ts';

const THUMBPRINT = 'mVkM0aDdv9gtFQ7cv3lBE4nJ5xCwqXyPGv2iVnS8c0A';
const ORIGINS = { ledger: `daypass.ledger/${THUMBPRINT}`, outbox: `daypass.desktop/${THUMBPRINT}` } as const;
const SEQUENCE = 1204;
const ID_BYTES = 16;
/** Nonce and tag of a sealed text. */
const SEAL_BYTES = 28;

/** Indented JSON, in the order of the canonical form. */
export function exampleRecord(event: AuditEvent, log: EventType['log']): string {
  const source = { origin: ORIGINS[log], epoch: 1, bootId: `boot_${derived('boot', ID_BYTES)}` };
  const sealed =
    'personal' in event
      ? {
          key: `key_${derived(event.personal.subject, ID_BYTES)}`,
          subject: event.personal.subject,
          text: derived(`text of ${event.kind}`, SEAL_BYTES + JSON.stringify(event.personal.text).length),
        }
      : null;
  const parts = {
    uid: `evt_${derived(event.kind, ID_BYTES)}`,
    salt: derived(`salt of ${event.kind}`, ID_BYTES),
    sealed,
  };
  return JSON.stringify(JSON.parse(placeRecord(unplacedRecord(event, source, parts), SEQUENCE)), null, 2);
}

function derived(from: string, bytes: number): string {
  return createHash('shake256', { outputLength: bytes }).update(from).digest('base64url');
}
