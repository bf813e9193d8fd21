// A small real agent for specs of the shell: holds grants in memory, says in the log what it was told to do.
// Bundled in place of electron/agent/open-agent.ts.
import type { Agent, AgentCommands, AgentOptions } from '#electron/agent/agent.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { err, ok } from '#shared/domain/result.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { sampleApproval, sampleGrant, samplePreset, sampleState } from './sample-state.ts';

export const TOKEN = 'small-agent-token-0123456789';

export async function openAgent({ ports, configFile, dataFolder, version }: AgentOptions): Promise<Agent> {
  const { log, clipboard, notices, settings, presence } = ports;
  log.info('small.opened', { configFile, dataFolder, version });
  const listeners = new Set<() => void>();
  let state = sampleState({ presets: [samplePreset()], approvals: [sampleApproval()] });
  let grants = 0;
  const change = (changes: Partial<DesktopState>): void => {
    state = { ...state, ...changes, settings: settings.state(), locked: presence.locked() };
    for (const listener of listeners) listener();
  };
  settings.subscribe(() => change({}));
  change({});
  const told = (name: string, facts: Readonly<Record<string, string>> = {}) =>
    log.info('small.told', { name, ...facts });
  const refused = err({ code: 'not_here', title: 'Not here', detail: null });
  const commands: AgentCommands = {
    // Something that no schema knows rides along here: it must not get across.
    'get-state': async () => ok({ ...state, smuggled: TOKEN }),
    preview: async () => refused,
    ask: async ({ wish }) => {
      told('ask', { resource: wish.resource });
      grants += 1;
      const grant = sampleGrant({
        grantId: `gra_000000000000000000000${grants}`,
        startsAtMs: state.nowMs,
        endsAtMs: state.nowMs + wish.durationMs,
      });
      change({ grants: [...state.grants, grant] });
      return ok({ requestId: grant.requestId, state: 'approved' });
    },
    confirm: async () => refused,
    nudge: async () => refused,
    'find-broker': async () => refused,
    connect: async () => refused,
    disconnect: async () => refused,
    'sign-in': async () => refused,
    'cancel-sign-in': async () => refused,
    'sign-out': async () => refused,
    'who-has-what': async () => refused,
    people: async () => refused,
    'revoke-grant': async () => refused,
    'end-person': async () => refused,
    'set-disabled': async () => refused,
    review: async () => refused,
    'answer-finding': async () => refused,
    changes: async () => refused,
    desktops: async () => refused,
    'answer-change': async () => refused,
    privacy: async () => refused,
    'erasure-reach': async () => refused,
    'place-hold': async () => refused,
    'release-hold': async () => refused,
    'erase-person': async () => refused,
    start: async () => refused,
    withdraw: async () => refused,
    'dismiss-request': async () => refused,
    'copy-token': async ({ grantId }) => {
      told('copy-token', { grantId });
      await clipboard.write(TOKEN, { concealed: true });
      return ok({ clearedAtMs: state.nowMs + MINUTE_MS });
    },
    'copy-snippet': async ({ kind }) => {
      await clipboard.write(`snippet ${kind}`, { concealed: false });
      return ok(null);
    },
    done: async ({ grantId }) => {
      told('done', { grantId });
      change({ grants: state.grants.filter((grant) => grant.grantId !== grantId) });
      return ok(null);
    },
    'end-everything': async () => {
      const ended = state.grants.length;
      told('end-everything');
      change({ grants: [] });
      return ok({ ended, failed: 0 });
    },
    'retry-wipe': async () => refused,
    answer: async () => refused,
    history: async () => {
      throw new Error(`a bug that quotes ${TOKEN}`);
    },
    'verify-log': async () => ok(null),
    'choose-person': async () => refused,
    'change-setting': async (wanted) => {
      // The schema gives only what was named.
      const changed = await settings.change(wanted as Parameters<typeof settings.change>[0]);
      return changed.ok ? ok(null) : err({ code: changed.error, title: 'Not changed', detail: null });
    },
    'set-favourite': async () => refused,
    'accept-clock': async () => refused,
    'change-device-key': async () => refused,
    'accept-ledger': async () => refused,
    'use-memory-only': async () => refused,
    'add-sink': async () => refused,
    'remove-sink': async () => refused,
    'set-sink-secret': async () => refused,
    'test-sink': async () => refused,
    'resend-sink': async () => refused,
    'retry-sinks': async () => refused,
    retry: async () => {
      notices.show({
        tag: 'approval:1',
        title: 'Bo Lind asks',
        body: 'Support chats, 1 h <b>bold</b> \u202Eevil',
        urgency: 'critical',
        route: { screen: 'approvals', requestId: 'req_0000000000000000000002' },
        actions: [
          { kind: 'approve', label: 'Approve', requestId: 'req_0000000000000000000002', scopeHash: 'a'.repeat(64) },
          { kind: 'reject', label: 'Reject', requestId: 'req_0000000000000000000002', scopeHash: 'a'.repeat(64) },
        ],
      });
      return ok(null);
    },
    'close-welcome': async () => {
      await clipboard.clear();
      return ok(null);
    },
  };
  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    commands,
    act: async (action) => {
      told(`act ${action.kind}`);
      return ok(null);
    },
    exportLogs: async (folder) => {
      told('export', { folder });
      return ok({ records: 7 });
    },
    machine: async (event) => {
      told(`machine ${event}`);
      change({});
    },
    close: async () => told('close'),
  };
}
