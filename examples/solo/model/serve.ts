// Starts the example model: node examples/solo/model/serve.ts --secret-file FILE [--port 7392]
// With --until-stdin-ends it stops when its standard input does, so that it never outlives who started it.
// The secret comes from a file that only its owner can read, never from the arguments, and is never printed.
import { readFileSync, statSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { createModelServer } from './server.ts';

const MODEL_PORT = 7392;

function readSecret(file: string): string {
  const othersMayRead = process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0;
  if (othersMayRead) throw new Error(`${file} can be read by others: set its mode to 0600`);
  return readFileSync(file, 'utf8').trim();
}

const { values } = parseArgs({
  options: {
    'secret-file': { type: 'string' },
    port: { type: 'string' },
    'until-stdin-ends': { type: 'boolean', default: false },
  },
});
const secretFile = values['secret-file'];
if (secretFile === undefined) throw new Error('Say where the secret is: --secret-file FILE');

const server = createModelServer(readSecret(secretFile));
server.on('error', (error) => {
  console.error(`The model cannot listen: ${error.message}`);
  process.exitCode = 1;
});
server.listen(Number(values.port ?? MODEL_PORT), '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : address;
  console.log(`The model listens on http://127.0.0.1:${port}`);
});
function stop(): void {
  server.close();
  server.closeAllConnections();
  // An open standard input would keep the process alive.
  process.stdin.destroy();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
if (values['until-stdin-ends']) process.stdin.once('end', stop).resume();
