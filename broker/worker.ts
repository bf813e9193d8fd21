// The embedded broker's thread: reads its configuration and keys, starts the broker, serves the port until told to close.
import { workerData, parentPort, type MessagePort } from 'node:worker_threads';
import { serveFetch } from '#shared/port/fetch-server.ts';
import type { Command, EmbeddedBrokerFiles, FromWorker, StartRefused } from '#shared/port/embedded-broker.ts';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/broker.ts';
import { formatProblem } from '#broker/config/problem.ts';
import { GatewayListenError } from '#broker/gateway/start-listening.ts';
import { err, ok } from '#shared/domain/result.ts';
import { StoreError } from '#shared/store/store-error.ts';

const owner = parentPort;
if (owner === null) throw new Error('the worker entry runs on a worker thread');
const {
  configFile,
  dataFolder,
  createKeys = false,
  port,
} = workerData as EmbeddedBrokerFiles & { readonly port: MessagePort };
const tell = (message: FromWorker): void => owner.postMessage(message);

try {
  const opened = await openBroker({
    configFile,
    dataFolder,
    createKeys,
    onTrouble: (error, where) =>
      tell({ kind: 'trouble', where, message: error instanceof Error ? error.message : 'unknown' }),
  });
  if (opened.ok) serve(opened.value);
  else tell({ kind: 'refused', refused: { code: 'configuration_refused', problems: opened.error.map(formatProblem) } });
} catch (error) {
  tell({
    kind: 'refused',
    refused: { code: startCode(error), problems: [error instanceof Error ? error.message : 'unknown'] },
  });
}

/** The first cause that says more than that it did not start: a migration that fails may only have found a full disk. */
function startCode(error: unknown): StartRefused['code'] {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof GatewayListenError && cause.code === 'port_taken') return 'gateway_port_taken';
    if (cause instanceof StoreError && (cause.code === 'in_use' || cause.code === 'disk_full')) return cause.code;
  }
  return 'start_failed';
}

function serve(broker: Broker): void {
  serveFetch(port, async (request, user) => await broker.fetch(request, { kind: 'embedded', user }));
  owner?.on('message', (command: Command) => {
    obey(broker, command)
      .then(
        (outcome) => tell({ kind: 'done', id: command.id, outcome }),
        (error: unknown) =>
          tell({ kind: 'done', id: command.id, outcome: err([error instanceof Error ? error.message : 'unknown']) }),
      )
      .finally(() => {
        if (command.op === 'close') {
          port.close();
          owner.close();
        }
      });
  });
  const { gatewayUrl, ledger, people } = broker;
  tell({
    kind: 'ready',
    facts: { gatewayUrl, ledgerOrigin: ledger.origin, ledgerKeyFingerprint: ledger.keyFingerprint, people },
  });
}

type Done = Extract<FromWorker, { kind: 'done' }>['outcome'];

async function obey(broker: Broker, command: Command): Promise<Done> {
  switch (command.op) {
    case 'reload': {
      const reloaded = await broker.reload({ kind: 'embedded', user: command.user });
      return reloaded.ok ? ok(null) : err(reloaded.error.problems.map(formatProblem));
    }
    case 'export':
      await broker.ledger.settled();
      return ok(await broker.ledger.exportTo(command.folder));
    case 'close':
      await broker.close();
      return ok(null);
  }
}
