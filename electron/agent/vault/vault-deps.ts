// What the vault's verbs work with: what it was given, and the parts that keep its state.
import type { ClipboardKeys } from './clipboard-key.ts';
import type { ClipboardJournal } from './clipboard-journal.ts';
import type { NextCollectId } from './next-collect-id.ts';
import type { EndsOfAll } from './ends-of-all.ts';
import type { Register } from './register.ts';
import type { SecretHolder } from './secret-holder.ts';
import type { UnwrittenWipes } from './unwritten-wipes.ts';
import type { VaultOptions } from './vault-options.ts';

export type VaultDeps = VaultOptions & {
  readonly register: Register;
  readonly holder: SecretHolder;
  readonly nextCollectId: NextCollectId;
  readonly clipboardKeys: ClipboardKeys;
  readonly journal: ClipboardJournal;
  readonly unwritten: UnwrittenWipes;
  /** The collect ids of check-outs under way: what they write is theirs to keep or to remove. */
  readonly checkingOut: Set<string>;
  /** Keychain items without a record that would not go, and were told of. */
  readonly unknownTold: Set<string>;
  readonly endsOfAll: EndsOfAll;
};
