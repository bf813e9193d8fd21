// Between two acts of an audit torture everybody is dead: disks are backed up and put back to an older state. What was
// on such a disk alone is given up, and nothing else.
import { backUp, BROKER_TEXTS, DESKTOP_TEXTS, lookAt, numbersOn, putBack } from './disks.ts';
import type { Cast } from './act.ts';
import type { Act, DiskStep } from './plan.ts';
import type { Witness } from './unkept.ts';

export type Given = {
  /** Records that a disk took with it when it was put back. */
  readonly up: Set<number>;
  putBack: number;
  restores: number;
};

export async function changeDisks(cast: Cast, act: Act, given: Given, witness: Witness): Promise<void> {
  const { broker, desktops } = cast;
  const isPutBack = [act.brokerDisk, ...act.desktopDisks].includes('put_back');
  const before = isPutBack ? await numbersOnAll(cast) : new Set<number>();
  for (const [index, { database }] of desktops.entries())
    if (change(database, act.desktopDisks[index] ?? 'none')) given.putBack += 1;
  if (act.brokerDisk === 'back_up') await broker.disk.backUp();
  if (act.brokerDisk === 'put_back') {
    await broker.disk.putBack();
    await witness.forgive(broker.disk.look);
    broker.wasRestored();
    given.restores += 1;
  }
  if (!isPutBack) return;
  // Only what was there a moment ago: a record that was lost before is not excused by this.
  const after = await numbersOnAll(cast);
  for (const number of before) if (!after.has(number)) given.up.add(number);
}

function change(database: string, step: DiskStep): boolean {
  if (step === 'back_up') backUp(database);
  if (step === 'put_back') putBack(database);
  return step === 'put_back';
}

async function numbersOnAll({ broker, desktops }: Cast): Promise<ReadonlySet<number>> {
  const all = new Set(await numbersOn(broker.disk.look, BROKER_TEXTS));
  for (const { database } of desktops)
    for (const number of await numbersOn(lookAt(database), DESKTOP_TEXTS)) all.add(number);
  return all;
}
