// The least that an app of ours could be: a tray icon and nothing else. The floor of what a start costs.
import { app, nativeImage, Tray } from 'electron';

process.stderr.write('empty.loaded\n');
let tray: Tray | null = null;
await app.whenReady();
const [image] = process.argv.slice(-1);
tray = new Tray(nativeImage.createFromPath(image ?? ''));
tray.setToolTip('empty');
process.stderr.write('empty.tray\n');
