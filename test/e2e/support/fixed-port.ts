// A gateway port that stays the same over all starts of a spec's app, as a configured port does.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { parseDocument } from 'yaml';
import type { SoloFiles } from '../../../build/solo/prepare.ts';

/** For `prepare`: writes a port into the configuration that nobody listens on, and gives it. */
export async function fixGatewayPort({ configFile }: SoloFiles): Promise<number> {
  const port = await quietPort();
  const document = parseDocument(await readFile(configFile, 'utf8'));
  document.setIn(['gateway', 'port'], port);
  await writeFile(configFile, document.toString());
  return port;
}

/** Below the range from which systems hand out ports by themselves, so that nobody takes it between two starts. */
async function quietPort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const listening = once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.listen(port, '127.0.0.1');
    const isFree = await listening;
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}
