// The sinks of this desktop as the session uses them: what is shown, and what a person may have done.
import type { NewSink, SinkCard, SinkTested } from '#shared/contracts/desktop/sinks.ts';
import type { Sink } from '#shared/contracts/sinks.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import type { Result } from '#shared/domain/result.ts';
import type { SinkProblem } from '#shared/sinks/sinks.ts';
import type { KeychainProblem } from '../keychain-port.ts';

/** What the organisation set, and how the secrets that it names are read. */
export type ManagedSinksPort = {
  readonly sinks: readonly Sink[];
  /** The first line of a file that only administrators can write. Null when that cannot be believed, or it is not there. */
  readonly readSecret: (file: string) => string | null;
};

export const NO_MANAGED_SINKS: ManagedSinksPort = { sinks: [], readSecret: () => null };

/** In whose name: a subject, or the desktop's where nobody is shown. */
export type Actor = SubjectId | 'desktop';

/** `managed`: the organisation's. `no_secret`: this one has none to change. `not_saved`: the database did not take it. */
export type SinkRefused =
  | 'not_known'
  | 'managed'
  | 'name_taken'
  | 'too_many'
  | 'file_exists'
  | 'not_a_folder'
  | 'no_secret'
  | 'bad_secret'
  | 'not_saved'
  | { readonly keychain: KeychainProblem }
  /** The receiver did not take what was sent once more. */
  | { readonly sink: SinkProblem };

type Done = Promise<Result<null, SinkRefused>>;

export type DeskSinks = {
  /** The organisation's first, then the person's by name. */
  readonly cards: () => readonly SinkCard[];
  /** Told after each change of them. Gives the way to stop. */
  readonly subscribe: (listener: () => void) => () => void;
  /** `memoryOnly`: the person agreed that what no keychain takes is held in memory until the program ends. */
  readonly add: (wish: NewSink, who: Actor, memoryOnly: boolean) => Done;
  readonly setSecret: (name: string, secret: string, who: Actor, memoryOnly: boolean) => Done;
  /** Its secret goes with it, as soon as the keychain lets it. */
  readonly remove: (name: string, who: Actor) => Done;
  readonly test: (name: string, who: Actor) => Promise<Result<SinkTested, SinkRefused>>;
  /** Gives how many it took. */
  readonly resend: (name: string, who: Actor) => Promise<Result<number, SinkRefused>>;
  /** Tries everything again now. The system may ask for the keychain's password. */
  readonly retry: () => Promise<void>;
};
