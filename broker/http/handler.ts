// What every handler is given and gives. Authenticated, proven and parsed before it runs.
import type { JWK } from 'jose';
import type { DeviceId } from '#shared/domain/identity.ts';
import type { DurationMs } from '#shared/domain/time.ts';
import type { Events } from '#broker/events/events.ts';
import type { OpenReaders } from '#broker/events/open-readers.ts';
import type { Authenticated } from '#broker/identity/directory.ts';
import type { Reload } from '#broker/oversight/changes.ts';
import type { AccessTokens } from '#broker/tokens/access-tokens.ts';
import type { ScimDeps } from '#broker/scim/users.ts';
import type { Retention } from '#broker/retention/retention.ts';
import type { LedgerSinks } from '#broker/sinks/ledger-sinks.ts';
import type { Answer } from './answer.ts';
import type { SignIn } from './sign-in.ts';
import type { BodyOf, QueryOf, RouteId, RouteOf } from './routes.ts';
import type { ViewDeps } from './views.ts';

export type HandlerDeps = ViewDeps &
  ScimDeps & {
    /** Where people sign in; null where the channel names them. */
    readonly signIn: SignIn | null;
    readonly tokens: AccessTokens;
    /** Reads catalog and policies again, for this principal or (null) for the broker itself. */
    readonly reload: Reload;
    /** Does what follows an erasure. What fails is tried again by itself. */
    readonly settleErasures: () => Promise<void>;
    /** Asks the gateway whether it would let this credential in now. */
    readonly probe: (credentialId: string) => 'works' | 'refused';
    /** Where other replicas issue and end credentials as well: asks the database, and `live` and `probe` know. */
    readonly confirm: (credentialId: string) => Promise<void>;
    readonly retention: Pick<Retention, 'preview' | 'runDue' | 'waits'>;
    readonly sinks: Pick<LedgerSinks, 'status' | 'test' | 'resend'>;
    readonly events: Events;
    readonly openReaders: OpenReaders;
    readonly metrics: {
      readonly text: () => Promise<string>;
      readonly type: string;
      readonly countDryRun: (outcome: string) => void;
    };
    readonly openApi: () => unknown;
    /** How long resource servers may keep the public keys. */
    readonly jwksCacheMs: DurationMs;
    /** Aborts when the broker closes: streams end with it. */
    readonly closing: AbortSignal;
    readonly rulesBehind: () => boolean;
    /** A desktop that was not heard for so long is silent. */
    readonly silentAfterMs: DurationMs;
    /** How long bodies of records are kept, also on desktops; null: for ever. */
    readonly recordsKeptMs: DurationMs | null;
    /** Whether the store can be written. */
    readonly isReady: () => Promise<boolean>;
  };

/** Routes for anybody have no principal; all others do. */
type PrincipalOf<K extends RouteId> = RouteOf<K>['who'] extends 'anyone' ? null : Authenticated;
type DeviceOf<K extends RouteId> = RouteOf<K>['proof'] extends 'none' ? null : DeviceId;

export type Call<K extends RouteId> = {
  readonly principal: PrincipalOf<K>;
  readonly device: DeviceOf<K>;
  /** The public half of the key that signed the proof. */
  readonly deviceKey: DeviceOf<K> extends null ? null : JWK;
  /** The `:id` of the path, or an empty string. */
  readonly id: string;
  readonly query: QueryOf<K>;
  readonly body: BodyOf<K>;
  readonly request: Request;
  /** Where the call comes from, as the listener saw it; null where there is no network (embedded). */
  readonly networkAddress: string | null;
};

export type Handler<K extends RouteId> = (deps: HandlerDeps, call: Call<K>) => Promise<Answer> | Answer;
export type Handlers<K extends RouteId> = { readonly [R in K]: Handler<R> };
