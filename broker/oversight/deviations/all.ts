// Every deviation, in one table.
import type { Deviation } from '#shared/contracts/desktop/oversight.ts';
import { breakGlass } from './break-glass.ts';
import { deniedBefore } from './denied-before.ts';
import type { Examined, Facts } from './deviation.ts';
import { firstTime } from './first-time.ts';
import { neverUsed } from './never-used.ts';
import { repeatedExtension } from './repeated-extension.ts';
import { unusualHours } from './unusual-hours.ts';
import { unusualVolume } from './unusual-volume.ts';

const DEVIATIONS: Readonly<Record<Deviation, (access: Examined) => Facts | null>> = {
  unusual_hours: unusualHours,
  first_time: firstTime,
  repeated_extension: repeatedExtension,
  denied_before: deniedBefore,
  unusual_volume: unusualVolume,
  never_used: neverUsed,
  break_glass: breakGlass,
};

export type Found = { readonly deviation: Deviation; readonly facts: Facts };

/** Everything that is unusual about an access. */
export function deviationsOf(access: Examined): readonly Found[] {
  return (Object.keys(DEVIATIONS) as Deviation[]).flatMap((deviation) => {
    const facts = DEVIATIONS[deviation](access);
    return facts === null ? [] : [{ deviation, facts }];
  });
}
