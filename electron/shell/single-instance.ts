// One running app per data folder. A second start hands over what it was asked and ends.
import { app } from 'electron';
import { z } from 'zod';

/** What a second start tells the first. Anybody who runs as this person can send it, so it can only show a window. */
const handOverSchema = z.strictObject({ link: z.string().max(8192).nullable(), hidden: z.boolean() });
export type HandOver = z.infer<typeof handOverSchema>;

/** Whether this is the first start. If not, the first one has been told. */
export function claimSingleInstance(handOver: HandOver): boolean {
  return app.requestSingleInstanceLock(handOver);
}

/** Tells of each later start. One that cannot be read only shows the window. */
export function onSecondStart(listener: (handOver: HandOver) => void): void {
  app.on('second-instance', (_event, _argv, _folder, data: unknown) => {
    const parsed = handOverSchema.safeParse(data);
    listener(parsed.success ? parsed.data : { link: null, hidden: false });
  });
}
