// What the commands of the window are made of.
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import type { ConnectionPort } from './connection/connection-port.ts';
import type { EndGrants } from './grants/end-grants.ts';
import type { KeychainWatch } from './keychain-state.ts';
import type { ClipboardPort } from './ports.ts';
import type { Presets } from './presets/presets.ts';
import type { Asking } from './requests/ask.ts';
import type { Collector } from './requests/collect.ts';
import type { SessionDeps } from './session/session-deps.ts';
import type { Session } from './session/session.ts';
import type { DeskSinks } from './sinks/sinks-port.ts';

export type CommandParts = {
  readonly deps: SessionDeps;
  readonly session: Session;
  readonly asking: Asking;
  readonly collector: Collector;
  readonly ends: EndGrants;
  readonly presets: Presets;
  readonly keychain: KeychainWatch;
  readonly clipboard: Pick<ClipboardPort, 'write'>;
  readonly connection: ConnectionPort;
  readonly sinks: DeskSinks;
  readonly state: () => DesktopState;
};
