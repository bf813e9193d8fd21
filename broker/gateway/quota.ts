// How many bytes each grant may still receive. Counts while they flow; the ends of uses make the counts durable.
import type { Resource } from '#shared/contracts/catalog.ts';
import type { BrokerStore } from '#broker/store.ts';
import type { TakeBytes } from './send-answer.ts';

export type Quotas = {
  /** The way to take bytes for one call of this grant; always willing when the resource has no quota. */
  readonly open: (
    grantId: string,
    resource: Resource,
  ) => Promise<{ readonly take: TakeBytes; readonly left: () => number }>;
};

export function createQuotas(store: BrokerStore): Quotas {
  const spentByGrant = new Map<string, Promise<{ bytes: number }>>();

  async function load(grantId: string): Promise<{ bytes: number }> {
    const row = await store.read
      .selectFrom('gateway_quota')
      .select('bytes_out')
      .where('grant_id', '=', grantId)
      .executeTakeFirst();
    return { bytes: Number(row?.bytes_out ?? 0) };
  }

  async function spentOf(grantId: string): Promise<{ bytes: number }> {
    const known = spentByGrant.get(grantId) ?? load(grantId);
    spentByGrant.set(grantId, known);
    try {
      return await known;
    } catch (error) {
      spentByGrant.delete(grantId);
      throw error;
    }
  }

  return {
    open: async (grantId, resource) => {
      const { quotaBytes } = resource;
      if (quotaBytes === undefined) return { take: () => true, left: () => Number.POSITIVE_INFINITY };
      const spent = await spentOf(grantId);
      // What others let through counts once their calls have ended: those that run at once may go past it together.
      if (store.shared !== null) spent.bytes = Math.max(spent.bytes, (await load(grantId)).bytes);
      return {
        left: () => quotaBytes - spent.bytes,
        take: (bytes) => {
          if (spent.bytes + bytes > quotaBytes) return false;
          spent.bytes += bytes;
          return true;
        },
      };
    },
  };
}
