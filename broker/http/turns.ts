// Who has used up their calls of a minute. A desktop's log has a budget for each device of a person, which only calls
// with a proof by that device's key use up: no other desktop, and nobody who merely names it, can keep it from sending.
import type { DeviceId } from '#shared/domain/identity.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { DeviceProofs } from '#broker/tokens/device-proof.ts';
import type { RateLimit } from './rate-limit.ts';
import { ROUTES, type RouteId } from './routes.ts';

type Deps = {
  readonly rateLimit: RateLimit;
  readonly deviceProofs: Pick<DeviceProofs, 'claimedDevice'>;
  readonly perMinute: (id: RouteId, dryRun: boolean) => number;
};

export type Turn = {
  /** When to come again; null: now. */
  readonly waitUntilMs: EpochMs | null;
  /** Of a call that is paid for only once the device is proven: the same, after that. */
  readonly pay: () => EpochMs | null;
};

export async function takeTurn(
  { rateLimit, deviceProofs, perMinute }: Deps,
  id: RouteId,
  who: string,
  request: Request,
): Promise<Turn> {
  const url = new URL(request.url);
  const dryRun = id === 'submit' && url.searchParams.get('dryRun') === 'true';
  const rate = perMinute(id, dryRun);
  const proof = id === 'auditAppend' ? request.headers.get('dpop') : null;
  const device: DeviceId | null = proof === null ? null : await deviceProofs.claimedDevice(proof);
  if (device !== null) {
    const whose = `${who} ${device}`;
    return { waitUntilMs: rateLimit.look(whose, id, rate), pay: () => rateLimit.take(whose, id, rate) };
  }
  // Not one budget for all that anybody may call: fetching keys must not starve health checks.
  const kind = dryRun ? 'dry-run' : ROUTES[id].who !== 'anyone' && ROUTES[id].method === 'GET' ? 'read' : id;
  return { waitUntilMs: rateLimit.take(who, kind, rate), pay: () => null };
}
