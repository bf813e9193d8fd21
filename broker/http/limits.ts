// How often a caller may call what, from the configuration.
import type { Config } from '#shared/contracts/config.ts';
import { ROUTES, type RouteId } from './routes.ts';

export type CallLimits = Pick<Config['limits'], 'dryRunsPerMinute'> & Config['rateLimits'];

export function perMinute(limits: CallLimits, id: RouteId, dryRun: boolean): number {
  if (dryRun) return limits.dryRunsPerMinute;
  if (ROUTES[id].method === 'GET') return limits.readsPerMinute;
  switch (id) {
    case 'answer':
      return limits.answersPerMinute;
    case 'collect':
      return limits.collectsPerMinute;
    case 'auditAppend':
      return limits.appendsPerMinute;
    // Ending access is never made to wait for a budget that asking for it has used up.
    case 'withdraw':
    case 'release':
    case 'revoke':
    case 'revokeRequest':
    case 'endPerson':
    case 'revokeToken':
    case 'introspect':
    case 'disablePerson':
    case 'scimCreateUser':
    case 'scimReplaceUser':
    case 'scimPatchUser':
    case 'scimRemoveUser':
      return limits.readsPerMinute;
    default:
      return limits.requestsPerMinute;
  }
}
