// What the outbox needs of a broker's client, of a person who enrolled this device there.
import type { BrokerClient } from '#shared/client/broker-client.ts';

export type AuditClient = Pick<
  BrokerClient,
  'appendAudit' | 'checkpoint' | 'consistency' | 'epochs' | 'inclusion' | 'ledgerKey' | 'records' | 'rotations'
>;
