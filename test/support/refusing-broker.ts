// An embedded broker's thread that refuses its configuration at once: for desktops that are about another broker.
import { parentPort } from 'node:worker_threads';
import type { FromWorker } from '#shared/port/embedded-broker.ts';

const refused: FromWorker = {
  kind: 'refused',
  refused: { code: 'configuration_refused', problems: ['there is none'] },
};
parentPort?.postMessage(refused);
