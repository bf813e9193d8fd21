// The parts of a broker that need only store, clock and keys. A restored store is found out here, before the ledger opens.
import { randomUUID } from 'node:crypto';
import { logSigner } from '#shared/audit/log-key.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import type { RulesFiles } from './config/load-rules.ts';
import { eraseAgain } from './erasure/erase-again.ts';
import { openErasedList, type ErasedList } from './erasure/erased-list.ts';
import { isErased } from './erasure/whose.ts';
import { createLedger } from './ledger/create-ledger.ts';
import type { Ledger } from './ledger/ledger.ts';
import { embeddedIssuerName } from './tokens/issuer-name.ts';
import { createReplicas, type Replicas } from './replicas/replicas.ts';
import { beginRestore } from './restore/begin-restore.ts';
import { distrustKeys } from './restore/settle-restore.ts';
import { keepWitness } from './restore/witness.ts';
import { createAccessTokens, type AccessTokens } from './tokens/access-tokens.ts';
import { createSigningKeys } from './tokens/signing-keys.ts';
import type { BrokerOptions } from './broker.ts';

export type Base = {
  /** A restore is to be settled before anything is served. */
  readonly restored: boolean;
  /** Who was erased, outside the store. */
  readonly erasedList: ErasedList;
  readonly replicas: Replicas;
  readonly ledger: Ledger;
  readonly tokens: AccessTokens;
  readonly rules: Omit<RulesFiles, 'loadPolicies'>;
};

/** The parts that need only store, clock and keys: the ledger first, since everything is recorded in it. */
export async function openBase(options: BrokerOptions, opened: AsyncDisposableStack): Promise<Base> {
  const { loaded, store, clock, keys, onTrouble } = options;
  const { tokens: life, issuer } = loaded.config;
  const bootId = randomUUID();
  const signer = logSigner(keys.ledger);
  const { previousLedgerKeys: previousSeeds = [] } = options;
  const witnessFile = options.witnessFile ?? null;
  const restored = await beginRestore({
    store,
    clock,
    signer,
    previous: previousSeeds.map(logSigner),
    bootId,
    restored: options.restored ?? false,
    witnessFile,
  });
  const ledger = await createLedger({
    store,
    clock,
    ledgerSeed: keys.ledger,
    previousSeeds,
    erasureKey: keys.erasure,
    isErased,
    bootId,
    onTrouble: (error) => onTrouble(error, 'ledger'),
  });
  opened.defer(async () => await ledger.close());
  if (witnessFile !== null) {
    const witness = keepWitness(ledger, witnessFile, (error) => onTrouble(error, 'witness'));
    opened.defer(async () => await witness.close());
  }
  if (restored) await distrustKeys(store, ledger, clock);
  const erasedList = await openErasedList(options.erasedFile ?? null, keys.erasure);
  await eraseAgain({ store, ledger, clock }, erasedList);
  const replicas = await createReplicas({ store, onTrouble: (error) => onTrouble(error, 'replicas') });
  opened.defer(async () => await replicas.close());
  const signingKeys = await createSigningKeys({
    store,
    ledger,
    clock,
    wrappingKey: keys.tokenWrapping,
    maxTokenLifeMs: life.maxLife,
    jwksCacheMs: life.jwksCache,
    rotateEveryMs: life.rotateEvery,
  });
  const rotation = setInterval(() => {
    signingKeys.tick().catch((error: unknown) => onTrouble(error, 'signing keys'));
  }, MINUTE_MS);
  rotation.unref();
  opened.defer(() => clearInterval(rotation));
  const tokens = createAccessTokens({
    issuer: issuer ?? embeddedIssuerName(ledger.firstKeyFingerprint),
    keys: signingKeys,
    clock,
    maxTokenLifeMs: life.maxLife,
  });
  return {
    restored,
    erasedList,
    ledger,
    tokens,
    replicas,
    rules: { ...loaded, maxTokenLifeMs: life.maxLife },
  };
}
