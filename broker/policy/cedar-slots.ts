// Parsed schemas and policy sets inside the Cedar module, under few fixed names: a new name for each reload leaks.
// The module is shared by the whole thread, so an engine checks before each question that its slot is still its own.
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { appliesToAction, isForEmergency, type Policy } from './policy.ts';

/** The parts of a policy set that are asked on their own, because a small set answers fast. */
export type SetName = 'access' | 'approve' | 'standing' | 'emergency' | 'emergency-standing';
type PolicyTexts = Readonly<Record<string, string>>;

export type Prepared = {
  readonly schema: string;
  readonly sets: Readonly<Record<SetName, PolicyTexts>>;
};

export type SlotNames = { readonly schema: string; readonly set: string };

/** Two for the old and the new policies of a reload, two more so that two brokers in one thread do not fight. */
const SLOT_COUNT = 4;
const SET_NAMES: readonly SetName[] = ['access', 'approve', 'standing', 'emergency', 'emergency-standing'];

type Slot = { owner: Prepared | null; lastUsed: number };
const slots: readonly Slot[] = Array.from({ length: SLOT_COUNT }, () => ({ owner: null, lastUsed: 0 }));
let uses = 0;

/** Sorts the policies into the sets and installs them at once, so that the first question is as fast as the next. */
export function prepare(schema: string, policies: readonly Policy[]): Prepared {
  const texts = (keep: (policy: Policy) => boolean): PolicyTexts =>
    Object.fromEntries(policies.filter(keep).map(({ id, statement }) => [id, statement.text]));
  const guards = (policy: Policy): boolean => policy.effect === 'forbid' && !isOnlyForApproving(policy);
  const access = (policy: Policy): boolean => !isOnlyForApproving(policy) && !isForEmergency(policy);
  const emergency = (policy: Policy): boolean => guards(policy) || isForEmergency(policy);
  const standing = (policy: Policy): boolean => policy.effect === 'permit' || !readsCircumstances(policy);
  const prepared = {
    schema,
    sets: {
      access: texts(access),
      approve: texts((policy) => appliesToAction(policy, 'approve')),
      standing: texts((policy) => access(policy) && standing(policy)),
      emergency: texts(emergency),
      'emergency-standing': texts((policy) => emergency(policy) && standing(policy)),
    },
  };
  slotFor(prepared);
  return prepared;
}

/** The names under which Cedar knows this set now. Installs it again if other engines took the slot meanwhile. */
export function slotNames(prepared: Prepared, set: SetName): SlotNames {
  return namesIn(slotFor(prepared), set);
}

function namesIn(index: number, set: SetName): SlotNames {
  return { schema: `daypass-schema-${index}`, set: `daypass-${set}-${index}` };
}

function slotFor(prepared: Prepared): number {
  uses += 1;
  let index = slots.findIndex(({ owner }) => owner === prepared);
  if (index === -1) {
    index = slots.reduce((oldest, slot, at) => (slot.lastUsed < (slots[oldest]?.lastUsed ?? 0) ? at : oldest), 0);
    install(prepared, index);
  }
  const slot = slots[index];
  if (slot === undefined) throw new Error('there is no such policy slot');
  slot.lastUsed = uses;
  return index;
}

function install(prepared: Prepared, index: number): void {
  const slot = slots[index];
  if (slot === undefined) throw new Error('there is no such policy slot');
  // Nobody owns a slot that is half filled.
  slot.owner = null;
  must(cedar.preparseSchema(namesIn(index, 'access').schema, prepared.schema));
  for (const set of SET_NAMES) {
    must(cedar.preparsePolicySet(namesIn(index, set).set, { staticPolicies: { ...prepared.sets[set] } }));
  }
  slot.owner = prepared;
}

function must(answer: cedar.CheckParseAnswer): void {
  if (answer.type === 'failure')
    throw new Error(`validated policies do not parse: ${answer.errors.map(({ message }) => message).join('; ')}`);
}

function isOnlyForApproving({ scope }: Policy): boolean {
  return 'entity' in scope.action && JSON.stringify(scope.action.entity).includes('"approve"');
}

/** Whether the outcome hangs on anything but who asks, for what, and who approved. */
function readsCircumstances({ reads }: Policy): boolean {
  return [...reads].some(
    (path) => path.startsWith('context.') && !path.startsWith('context.approvals') && path !== 'context.selfConfirmed',
  );
}
