// A small console on the running example, until the window exists: ask, approve, use, end, verify. Shows no token.
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import type { CollectedView, RequestView } from '#shared/contracts/broker-api.ts';
import { parseDuration } from '#shared/domain/time.ts';
import { callGateway } from '../demo/gateway-call.ts';
import { must } from '../demo/steps.ts';
import type { SoloBroker } from '../solo/solo-broker.ts';

export const HELP = `  as NAME                          become ana, jo, sam, kim or lee (you start as ana)
  catalog                          what you may ask for
  try  RESOURCE ACTION DURATION    what would policy say: try dataset:penguins read PT1H
  ask  RESOURCE ACTION DURATION    ask, and collect at once when policy approves
  waiting                          requests that wait for your answer
  approve ID [DURATION]            approve a request, possibly for less time
  reject  ID
  confirm ID                       confirm your own request, where policy lets you
  collect ID                       start an approved request
  get PATH                         read through the gateway with your newest grant: get penguins.csv
  post PATH TEXT                   send text to a model: post v1/analyse "What a lovely day"
  grants                           your grants
  done ID                          end a grant now
  export FOLDER                    the ledger, for docs/verify-export.sh
  help, quit`;

type Session = { user: string; readonly held: Map<string, CollectedView[]> };
type Command = (client: BrokerClient, args: readonly string[], session: Session, broker: SoloBroker) => Promise<string>;

const COMMANDS: Readonly<Record<string, Command>> = {
  help: () => Promise.resolve(HELP),
  as: async (_client, [name = ''], session, broker) => {
    const { name: displayName, roles } = must(await (await broker.as(name)).me());
    session.user = name;
    return `You are ${displayName} (${roles.join(', ')}).`;
  },
  catalog: async (client) =>
    must(await client.catalog())
      .resources.map(
        (resource) =>
          `${resource.id.padEnd(26)} ${resource.sensitivity.padEnd(13)} ${resource.actions.join(', ').padEnd(16)} up to ${resource.maxDuration}`,
      )
      .join('\n'),
  try: async (client, args) => {
    const { decision } = must(await client.dryRun(wish(args)));
    return describe(decision);
  },
  ask: async (client, args, session) =>
    await collectIfApproved(client, must(await client.submit(wish(args), randomUUID())), session),
  waiting: async (client) => {
    const { requests } = must(await client.requests({ role: 'approver' }));
    if (requests.length === 0) return 'Nothing waits for you.';
    return requests
      .map(
        (request) =>
          `${request.id}  ${request.requester.name}: ${request.resource.id} ${request.scope.actions.join(', ')} for ${request.scope.duration}`,
      )
      .join('\n');
  },
  approve: async (client, [id = '', duration]) => {
    const { scopeHash } = must(await client.request(id));
    const narrowTo = duration === undefined ? {} : { narrowTo: { durationMs: milliseconds(duration) } };
    return `The request is ${must(await client.answer(id, { answer: 'approve', scopeHash, ...narrowTo })).state}.`;
  },
  reject: async (client, [id = '']) => {
    const { scopeHash } = must(await client.request(id));
    return `The request is ${must(await client.answer(id, { answer: 'reject', scopeHash })).state}.`;
  },
  confirm: async (client, [id = ''], session) => {
    const { scopeHash, resource } = must(await client.request(id));
    return await collectIfApproved(client, must(await client.confirm(id, scopeHash, resource.id)), session);
  },
  collect: async (client, [id = ''], session) =>
    await collectIfApproved(client, must(await client.request(id)), session),
  get: async (_client, [path = ''], session) => firstLines((await callGateway(newest(session), path)).text),
  post: async (_client, [path = '', ...words], session) =>
    firstLines((await callGateway(newest(session), path, { text: words.join(' ') })).text),
  grants: async (client) => {
    const { grants } = must(await client.grants());
    if (grants.length === 0) return 'You hold nothing.';
    return grants
      .map(
        (grant) =>
          `${grant.id}  ${grant.resource.id}  ${grant.state}${grant.endReason === null ? ` until ${grant.endsAt}` : ` (${grant.endReason})`}`,
      )
      .join('\n');
  },
  done: async (client, [id = '']) => {
    const { state, receipt } = must(await client.release(id));
    return `${state}; refused at the gateway ${receipt === null ? 'not yet' : `after ${receipt.lagMs} ms`}`;
  },
  export: async (_client, [folder = 'ledger-export'], _session, broker) =>
    `${await broker.exportLedger(folder)} records in ${folder}. Check them: docs/verify-export.sh ${folder} ${broker.ledgerKeyFingerprint}`,
};

/** Reads commands until `quit` or the end of input. A command that fails says why and changes nothing else. */
export async function runConsole(broker: SoloBroker): Promise<void> {
  const session: Session = { user: 'ana', held: new Map() };
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: 'ana> ' });
  let open = true;
  lines.once('close', () => {
    open = false;
  });
  // Input may end while a command runs: what was typed before is still done, but nobody is prompted any more.
  const prompt = (): void => {
    lines.setPrompt(`${session.user}> `);
    if (open) lines.prompt();
  };
  prompt();
  for await (const line of lines) {
    const [name = '', ...args] = words(line);
    if (name === 'quit') break;
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (name !== '')
      console.log(command === undefined ? `No such command. ${HELP}` : await attempt(command, args, session, broker));
    prompt();
  }
  lines.close();
}

async function attempt(
  command: Command,
  args: readonly string[],
  session: Session,
  broker: SoloBroker,
): Promise<string> {
  try {
    return await command(await broker.as(session.user), args, session, broker);
  } catch (error) {
    return error instanceof Error ? error.message : 'It did not work.';
  }
}

async function collectIfApproved(client: BrokerClient, request: RequestView, session: Session): Promise<string> {
  if (request.state !== 'approved') return `${request.id} is ${request.state}. ${describe(request.decision)}`;
  const collected = must(await client.collect(request.id, randomUUID()));
  session.held.set(session.user, [...(session.held.get(session.user) ?? []), collected]);
  return `${collected.grant.id} is ${collected.grant.state} until ${collected.grant.endsAt}. Try: get FILE, or post v1/analyse TEXT.`;
}

function describe(decision: RequestView['decision']): string {
  const why = decision.reasons.map((reason) => reason.title).join('; ');
  const offer =
    decision.counterOffer === null
      ? ''
      : ` Instead: ${decision.counterOffer.duration} would be ${decision.counterOffer.outcome}.`;
  const who =
    decision.approvers.length === 0
      ? ''
      : ` Who can: ${decision.approvers.map((approver) => approver.name).join(', ')}.`;
  return `${decision.outcome}${decision.code === null ? '' : ` (${decision.code})`}: ${why}.${who}${offer}`;
}

function wish([resource = '', action = '', duration = 'PT1H']: readonly string[]): Parameters<
  BrokerClient['dryRun']
>[0] {
  return { resource, actions: action.split(','), purpose: 'evaluation', durationMs: milliseconds(duration) };
}

function milliseconds(duration: string): number {
  const parsed = parseDuration(duration);
  if (!parsed.ok) throw new Error(`${duration} is no duration: write PT30M or P1D`);
  return parsed.value;
}

function newest(session: Session): CollectedView {
  const collected = session.held.get(session.user)?.at(-1);
  if (collected === undefined) throw new Error('Ask for something first.');
  return collected;
}

function firstLines(text: string): string {
  const lines = text.trimEnd().split('\n');
  return [...lines.slice(0, 8), ...(lines.length > 8 ? [`… ${lines.length - 8} more lines`] : [])].join('\n');
}

/** Splits at spaces; double quotes keep words together. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}
