// The embedded broker as its owner sees it: started on a thread of its own, called like a server, stopped for good.
import { MessageChannel, Worker } from 'node:worker_threads';
import { err, ok, type Result } from '../domain/result.ts';
import { fetchOver, type FetchOverPort } from './fetch-client.ts';

/** What the worker is started with. Names only: secrets are read by the worker itself. */
export type EmbeddedBrokerFiles = {
  readonly configFile: string;
  readonly dataFolder: string;
  /** Make the broker's keys in the data folder at its very first start, instead of refusing to start without them. */
  readonly createKeys?: boolean;
};

/**
 * `gateway_port_taken`: another program listens there. `in_use`: another broker runs on the same data.
 * `start_failed`: anything else, with its words in `problems`.
 */
export type StartRefused = {
  readonly code: 'configuration_refused' | 'gateway_port_taken' | 'in_use' | 'disk_full' | 'start_failed';
  readonly problems: readonly string[];
};

/** A configured user whom the person at this machine may act as. */
export type ConfiguredPerson = { readonly user: string; readonly name: string };

export type Command =
  | { readonly id: number; readonly op: 'close' }
  | { readonly id: number; readonly op: 'reload'; readonly user: string }
  | { readonly id: number; readonly op: 'export'; readonly folder: string };

export type FromWorker =
  | { readonly kind: 'ready'; readonly facts: BrokerFacts }
  | { readonly kind: 'refused'; readonly refused: StartRefused }
  | { readonly kind: 'trouble'; readonly where: string; readonly message: string }
  | { readonly kind: 'done'; readonly id: number; readonly outcome: Result<number | null, readonly string[]> };

/** What an owner may show or pin of its broker. */
export type BrokerFacts = {
  readonly gatewayUrl: string;
  readonly ledgerOrigin: string;
  readonly ledgerKeyFingerprint: string;
  /** Users of kind person, in the order of the configuration. */
  readonly people: readonly ConfiguredPerson[];
};

export type EmbeddedBroker = BrokerFacts & {
  /** Calls the API as one of the configured users. */
  readonly fetch: FetchOverPort;
  /** Reads catalog and policies again, on the record of this user; the problems of a refused change. */
  readonly reload: (user: string) => Promise<Result<null, readonly string[]>>;
  /** Writes the ledger's export into a folder; gives the number of records. */
  readonly exportLedger: (folder: string) => Promise<number>;
  /** Resolves when the thread is gone: closed, or stopped by itself. */
  readonly stopped: Promise<void>;
  readonly close: () => Promise<void>;
  /** For one that hangs: asked to close, and terminated when it did not within 5 s. */
  readonly end: () => Promise<void>;
};

type Options = EmbeddedBrokerFiles & {
  /** The worker's entry file. */
  readonly entry: URL;
  readonly onTrouble: (message: string, where: string) => void;
};

/** Starts the broker's thread. Refused when its configuration has problems or it cannot start. */
export async function startEmbeddedBroker({
  entry,
  onTrouble,
  ...files
}: Options): Promise<Result<EmbeddedBroker, StartRefused>> {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(entry, { workerData: { ...files, port: port2 }, transferList: [port2] });
  const commands = createCommands(worker);
  const stopped = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const started = new Promise<Result<BrokerFacts, StartRefused>>((resolve) => {
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') resolve(ok(message.facts));
      else if (message.kind === 'refused') resolve(err(message.refused));
      else if (message.kind === 'trouble') onTrouble(message.message, message.where);
      else commands.done(message.id, message.outcome);
    });
    worker.on('error', (error) => {
      onTrouble(error.message, 'worker');
      resolve(err({ code: 'start_failed', problems: [error.message] }));
    });
    worker.on('exit', () => {
      port1.close();
      commands.stopped();
      resolve(err({ code: 'start_failed', problems: ['the broker stopped while starting'] }));
    });
  });
  const facts = await started;
  if (!facts.ok) {
    await letGo(worker, stopped);
    return facts;
  }
  return ok({
    ...facts.value,
    stopped,
    fetch: fetchOver(port1),
    reload: async (user) => {
      const outcome = await commands.run({ op: 'reload', user });
      return outcome.ok ? ok(null) : outcome;
    },
    exportLedger: async (folder) => {
      const outcome = await commands.run({ op: 'export', folder });
      if (!outcome.ok || outcome.value === null)
        throw new Error(outcome.ok ? 'nothing exported' : outcome.error.join('; '));
      return outcome.value;
    },
    close: async () => {
      if (worker.threadId === -1) return;
      await commands.run({ op: 'close' });
      await stopped;
    },
    end: async () => {
      void commands.run({ op: 'close' });
      await letGo(worker, stopped);
    },
  });
}

/** A thread that refused, or was asked to close, ends by itself. Terminating one that is ending can take the whole process down with it. */
const LET_GO_MS = 5000;

async function letGo(worker: Worker, stopped: Promise<void>): Promise<void> {
  const patience = setTimeout(() => void worker.terminate(), LET_GO_MS);
  await stopped;
  clearTimeout(patience);
}

type Outcome = Result<number | null, readonly string[]>;
type Order = Command extends infer C ? (C extends Command ? Omit<C, 'id'> : never) : never;

function createCommands(worker: Worker): {
  readonly run: (order: Order) => Promise<Outcome>;
  readonly done: (id: number, outcome: Outcome) => void;
  readonly stopped: () => void;
} {
  const waiting = new Map<number, (outcome: Outcome) => void>();
  let lastId = 0;
  let stopped = false;
  return {
    run: async (order) =>
      await new Promise((resolve) => {
        // A thread that is gone answers nothing: closing twice must not wait for ever.
        if (stopped) return resolve(err(['the broker stopped']));
        lastId += 1;
        waiting.set(lastId, resolve);
        worker.postMessage({ ...order, id: lastId });
      }),
    done: (id, outcome) => {
      waiting.get(id)?.(outcome);
      waiting.delete(id);
    },
    stopped: () => {
      stopped = true;
      for (const resolve of waiting.values()) resolve(err(['the broker stopped']));
      waiting.clear();
    },
  };
}
