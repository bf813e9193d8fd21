// The real worker of the embedded broker, which stops dead when a file named `die` appears in its data folder.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import '../../../../broker/worker.ts';

const file = join((workerData as { readonly dataFolder: string }).dataFolder, 'die');
setInterval(() => {
  if (!existsSync(file)) return;
  rmSync(file);
  process.exit(1);
}, 20).unref();
