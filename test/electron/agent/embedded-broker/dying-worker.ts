// The real worker of the embedded broker, which stops dead when a file named `die` appears in its data folder, and hangs
// for ever when one named `hang` does.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import '../../../../broker/worker.ts';

const { dataFolder } = workerData as { readonly dataFolder: string };
const found = (name: string): boolean => {
  const file = join(dataFolder, name);
  if (!existsSync(file)) return false;
  rmSync(file);
  return true;
};
setInterval(() => {
  if (found('die')) process.exit(1);
  if (found('hang')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}, 20).unref();
