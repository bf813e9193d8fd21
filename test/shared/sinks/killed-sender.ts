// A program that appends and sends until it is killed: FOLDER URL FILE.
import { openSinkLog } from '../../support/sink-log.ts';

const [folder = '', url = '', path = ''] = process.argv.slice(2);
const log = await openSinkLog(folder);
await log.open([
  { sink: { kind: 'otlp', name: 'collector', url }, secret: null, managed: false },
  { sink: { kind: 'file', name: 'local', path, maxBytes: 67_108_864, keep: 10 }, secret: null, managed: false },
]);
for (;;) {
  await log.grow(1);
  await new Promise((resolve) => setTimeout(resolve, 2));
}
