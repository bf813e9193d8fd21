// What the window asks of the app, asked by the spec through the running window's own bridge: for specs that are about
// what goes wrong behind it, not about its buttons.
import type { Page } from 'playwright-core';
import type { DaypassBridge } from '#shared/contracts/desktop/bridge.ts';
import type { CommandName } from '#shared/contracts/desktop/channels.ts';
import type { CommandArgs, CommandProblem, CommandResult, WishForm } from '#shared/contracts/desktop/commands.ts';
import type { GrantCard } from '#shared/contracts/desktop/cards.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import type { Result } from '#shared/domain/result.ts';
import { until } from '#test/desktop/until.ts';

/** A busy machine takes its time; nothing here is a claim about speed. */
export const PATIENCE_MS = 60_000;

/** Sends one command from the page and gives the answer. Rejects when the page or the app is gone. */
export async function knock<N extends CommandName>(
  page: Page,
  name: N,
  args: CommandArgs<N>,
): Promise<Result<CommandResult<N>, CommandProblem>> {
  const sent = async ([command, given]: readonly [string, unknown]): Promise<unknown> =>
    await (globalThis as unknown as { daypass: { send: (...both: unknown[]) => Promise<unknown> } }).daypass.send(
      command,
      given,
    );
  // The bridge's own types say what comes back for this name.
  return (await page.evaluate(sent, [name, args] as const)) as Awaited<ReturnType<DaypassBridge['send']>> &
    Result<CommandResult<N>, CommandProblem>;
}

/** The same for a command that has to be taken. */
export async function must<N extends CommandName>(
  page: Page,
  name: N,
  args: CommandArgs<N>,
): Promise<CommandResult<N>> {
  const answer = await knockLookingAgain(page, name, args);
  if (!answer.ok) throw new Error(`${name} was refused: ${JSON.stringify(answer.error)}`);
  return answer.value;
}

/**
 * Right after a start the broker may say who this is between the look and the knock: nothing was done then, and the
 * person is told to look again.
 */
async function knockLookingAgain<N extends CommandName>(
  page: Page,
  name: N,
  args: CommandArgs<N>,
): ReturnType<typeof knock<N>> {
  const first = await knock(page, name, args);
  if (first.ok || first.error.code !== 'another_person') return first;
  await served(page);
  return await knock(page, name, args);
}

/** Waits until the window's state is so. */
export async function stateThat(
  page: Page,
  what: string,
  fits: (state: DesktopState) => boolean,
  limitMs = PATIENCE_MS,
): Promise<DesktopState> {
  let last: DesktopState | undefined;
  try {
    return await until(
      what,
      async () => ((last = await must(page, 'get-state', null)), fits(last) ? last : undefined),
      limitMs,
    );
  } catch (error) {
    throw new Error(`${what} did not come. Last: ${String(JSON.stringify(last)).slice(0, 4000)}`, { cause: error });
  }
}

/** Waits until the broker serves somebody. */
export async function served(page: Page): Promise<DesktopState> {
  return await stateThat(page, 'a broker that serves', ({ broker, me }) => broker.kind === 'ready' && me !== null);
}

let attempts = 0;

/** A wish that policy approves at once. */
export function wishFor({ resource = 'dataset:penguins', durationMs = 600_000 }: Partial<WishForm> = {}): WishForm {
  return {
    resource,
    actions: ['read'],
    purpose: 'analysis',
    justification: '',
    ticket: null,
    durationMs,
    startAtMs: null,
    endsWithOperation: false,
    extendsGrant: null,
    breakGlass: false,
  };
}

/** Asks once; each call is another attempt. */
export async function ask(page: Page, wish: WishForm = wishFor()): Promise<string> {
  return (await must(page, 'ask', { wish, attempt: nextAttempt() })).requestId;
}

export function nextAttempt(): string {
  attempts += 1;
  return `attempt-of-a-spec-${attempts}-${process.pid}`;
}

/** Checks out and waits until the credential is held. */
export async function checkOut(page: Page, wish: WishForm = wishFor()): Promise<GrantCard> {
  const requestId = await ask(page, wish);
  const held = (state: DesktopState): GrantCard | undefined =>
    state.grants.find((grant) => grant.requestId === requestId && ['active', 'ending'].includes(grant.phase));
  const card = held(await stateThat(page, `the grant of ${requestId}`, (state) => held(state) !== undefined));
  if (card === undefined) throw new Error('the grant went away');
  return card;
}
