// What the table of routes says of each one.
import type { z } from 'zod';

/** Who may call: anybody, anybody who is known, services and admins, admins alone, or services that provision. */
export type Who = 'anyone' | 'principal' | 'service' | 'admin' | 'provisioning';

/**
 * Whose thing the `{id}` must be; for everybody else it is 404.
 * `request_party`: requester, eligible or answered approver, admin; of an emergency also the resource's owners. `approver`: eligible, never the requester (403).
 * `requester`: the requester alone. `holder`: the grant's subject alone. `revoker`: owner of the resource or admin.
 * `origin`: the device that signed the proof, by the origin in the body.
 * `overseer`: owner of what it is about, or admin; of a finding never its holder or approver (403).
 */
export type Owns =
  | 'nothing'
  | 'overseer'
  | 'request_party'
  | 'requester'
  | 'approver'
  | 'holder'
  | 'revoker'
  | 'origin';

export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: `/${string}`;
  readonly who: Who;
  readonly owns: Owns;
  /** A DPoP proof (RFC 9449) by an enrolled device key, or by a key that enrols itself with it. */
  readonly proof: 'none' | 'enrolled_device' | 'new_device';
  readonly query: z.ZodType | null;
  readonly body: {
    readonly type: 'json' | 'form' | 'scim';
    readonly schema: z.ZodType;
    readonly bytes?: number;
  } | null;
  /** What each status answers with; null: nothing. */
  readonly answers: { readonly [S in 200 | 201 | 204]?: z.ZodType | null };
  readonly media: string;
  /** With this in `Accept` a call gets text of this kind instead. */
  readonly otherMedia?: string;
  readonly summary: string;
};
