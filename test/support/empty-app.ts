// The least that an app of ours could be: a tray icon and, with `--thread`, one thread that ends at once.
// The floor of what a start costs.
import { Worker } from 'node:worker_threads';
import { app, nativeImage, Tray } from 'electron';

process.stderr.write('empty.loaded\n');
await app.whenReady();
const [image] = process.argv.slice(-1);
const tray = new Tray(nativeImage.createFromPath(image ?? ''));
tray.setToolTip('empty');
process.stderr.write('empty.tray\n');
if (process.argv.includes('--thread')) {
  const thread = new Worker(new URL('./empty-thread.ts', import.meta.url));
  thread.on('exit', () => process.stderr.write('empty.thread\n'));
}
