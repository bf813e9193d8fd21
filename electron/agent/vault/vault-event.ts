// The facts that the vault records. Credentials appear by random id only; no words of people, nothing of a secret.
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';
import type { KeychainProblem } from '../keychain-port.ts';
import type { WipeReason } from './vault.ts';

type VaultData = {
  'copy.intended': { readonly heldIn: 'keychain' | 'memory' };
  'copy.stored': { readonly credential: string; readonly endsAtMs: EpochMs; readonly heldIn: 'keychain' | 'memory' };
  /** Nothing is kept of it: the broker refused, or the check-out was cut and is not wanted any more. */
  'copy.abandoned': { readonly code: string };
  'copy.missing': { readonly credential: string | null };
  'clipboard.copied': { readonly credential: string; readonly clearAtMs: EpochMs };
  /** `ours`: whether the clipboard still held it. `swept`: at a later start. */
  'clipboard.cleared': { readonly credential: string | null; readonly ours: boolean; readonly swept: boolean };
  'wipe.started': { readonly credential: string | null; readonly reason: WipeReason; readonly attempt: number };
  'wipe.done': {
    readonly credential: string | null;
    readonly reason: WipeReason;
    readonly lagMs: DurationMs;
    /** The wipe itself could not be recorded: it happened between these two times. */
    readonly bounded: { readonly fromMs: EpochMs; readonly toMs: EpochMs } | null;
  };
  'wipe.failed': {
    readonly credential: string | null;
    readonly reason: WipeReason;
    readonly attempt: number;
    readonly problem: KeychainProblem;
  };
};

export type VaultEventKind = keyof VaultData;

type Common = {
  readonly atMs: EpochMs;
  /** Whose access it is: the id that the broker knows the person by. */
  readonly subject: string;
  readonly resource: string;
  readonly requestId: string;
  readonly grantId: string | null;
  readonly collectId: string;
};

/** A kind with its data, before it is known whose it is. */
export type VaultFact = {
  [K in VaultEventKind]: { readonly kind: K; readonly data: VaultData[K] };
}[VaultEventKind];

export type VaultEvent = Common & VaultFact;
