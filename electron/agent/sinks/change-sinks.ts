// What a person has done to the sinks: added, removed, given another secret, tried. On record in the transaction that does
// it; a secret is kept before anything names it, and deleted after nothing does.
import { existsSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { newSinkSchema, type NewSink } from '#shared/contracts/desktop/sinks.ts';
import { sinkSchema, type Sink } from '#shared/contracts/sinks.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Sinks } from '#shared/sinks/sinks.ts';
import type { Log } from '../ports.ts';
import { type KeptSink, type KeptSinks, namedIn, type SinkFact } from './kept-sinks.ts';
import { sinksToUse } from './sinks-to-use.ts';
import { referenceOf, type SinkSecrets } from './sink-secrets.ts';
import type { Actor, DeskSinks, SinkRefused } from './sinks-port.ts';
import type { InTurn } from './turns.ts';
import type { UsedSinks } from './used-sinks.ts';

type Parts = {
  readonly kept: KeptSinks;
  readonly secrets: SinkSecrets;
  readonly used: UsedSinks;
  readonly sinks: Sinks;
  readonly managed: readonly Sink[];
  readonly inTurn: InTurn;
  readonly log: Log;
};

const MOST = 8;

export function sinkChanges(parts: Parts): Omit<DeskSinks, 'cards' | 'subscribe'> {
  const { sinks, used, inTurn } = parts;
  return {
    add: async (wish, who, memoryOnly) => await inTurn(async () => await add(parts, wish, who, memoryOnly)),
    setSecret: async (name, secret, who, memoryOnly) =>
      await inTurn(async () => await setSecret(parts, { name, secret, who, memoryOnly })),
    remove: async (name, who) => await inTurn(async () => await remove(parts, name, who)),
    test: async (name, who) => {
      // Not in its turn: a receiver that does not answer would hold up all the rest.
      const done = await sinks.test(name);
      if (!done.ok && done.error === 'no_such_sink') return err('not_known');
      const missing = used.missing(name);
      const code = done.ok ? null : missing === null ? done.error : `secret_${missing.problem}`;
      await noted(parts, { kind: 'sink.tested', data: { name, code } }, who);
      return ok({ result: done.ok ? 'accepted' : 'failed', code });
    },
    resend: async (name, who) => {
      if (!used.all().some(({ sink }) => sink.name === name)) return err('not_known');
      const sent = await sinks.resend(name);
      if (!sent.ok) return err(sent.error === 'no_such_sink' ? 'not_known' : { sink: sent.error });
      const records = sent.value;
      if (records > 0) await noted(parts, { kind: 'sink.resent', data: { name, records } }, who);
      return ok(records);
    },
    retry: async () => {
      await inTurn(async () => await used.look('asking the person'));
      sinks.hurry();
    },
  };
}

async function add(parts: Parts, wish: NewSink, who: Actor, memoryOnly: boolean): Promise<Result<null, SinkRefused>> {
  const { kept, secrets, managed } = parts;
  const all = sinksToUse(kept, managed);
  if (all.some(({ sink }) => sink.name === wish.name)) return err('name_taken');
  if (all.length >= MOST) return err('too_many');
  const problem = wish.kind === 'file' ? fileProblem(wish) : null;
  if (problem !== null) return err(problem);
  const secret = secretOf(wish);
  const reference = secret === null ? ok(null) : await secrets.keep(secret, memoryOnly);
  if (!reference.ok) return err({ keychain: reference.error });
  const sink = sinkOf(wish, reference.value);
  const fact = { kind: 'sink.added', data: namedIn(sink, false) } as const;
  return await saved(parts, { sink, managed: false, told: false }, { fact, who, unused: reference.value });
}

type SetSecret = {
  readonly name: string;
  readonly secret: string;
  readonly who: Actor;
  readonly memoryOnly: boolean;
};

async function setSecret(
  parts: Parts,
  { name, secret, who, memoryOnly }: SetSecret,
): Promise<Result<null, SinkRefused>> {
  const mine = mineOf(parts, name);
  if (!mine.ok) return mine;
  const { sink } = mine.value;
  const before = referenceOf(sink);
  if (before === null || sink.kind === 'file') return err('no_secret');
  if (!isSecretFor(sink, secret)) return err('bad_secret');
  const reference = await parts.secrets.keep(secret, memoryOnly);
  if (!reference.ok) return err({ keychain: reference.error });
  const next = withSecret(sink, reference.value);
  const fact = { kind: 'sink.changed', data: namedIn(sink, false) } as const;
  const done = await saved(parts, { ...mine.value, sink: next }, { fact, who, unused: reference.value });
  if (!done.ok) return done;
  await parts.used.drop(before);
  parts.sinks.hurry();
  return ok(null);
}

async function remove(parts: Parts, name: string, who: Actor): Promise<Result<null, SinkRefused>> {
  const mine = mineOf(parts, name);
  if (!mine.ok) return mine;
  const { sink } = mine.value;
  const { kept, used, managed, log } = parts;
  try {
    await kept.put(name, null, { kind: 'sink.removed', data: namedIn(sink, false) }, who);
  } catch (error) {
    log.trouble('remove a sink', error);
    return err('not_saved');
  }
  await used.use(sinksToUse(kept, managed));
  const reference = referenceOf(sink);
  if (reference !== null) await used.drop(reference);
  return ok(null);
}

type Saving = { readonly fact: SinkFact; readonly who: Actor; readonly unused: string | null };

/** `unused`: the secret that nothing names when it could not be saved. */
async function saved(
  { kept, used, managed, log }: Parts,
  next: KeptSink,
  { fact, who, unused }: Saving,
): Promise<Result<null, SinkRefused>> {
  try {
    await kept.put(next.sink.name, next, fact, who);
  } catch (error) {
    log.trouble('save a sink', error);
    if (unused !== null) await used.drop(unused);
    return err('not_saved');
  }
  await used.use(sinksToUse(kept, managed));
  return ok(null);
}

function mineOf({ kept, managed }: Parts, name: string): Result<KeptSink, SinkRefused> {
  if (managed.some((sink) => sink.name === name)) return err('managed');
  const mine = kept.all().find(({ sink, managed: isTheirs }) => sink.name === name && !isTheirs);
  return mine === undefined ? err('not_known') : ok(mine);
}

/** A file that is there already would hold what is not this log's: then nobody could show that it is whole. */
function fileProblem({ name, folder }: Extract<NewSink, { kind: 'file' }>): SinkRefused | null {
  if (!path.isAbsolute(folder) || !isFolder(folder)) return 'not_a_folder';
  return existsSync(fileIn(folder, name)) ? 'file_exists' : null;
}

function isFolder(place: string): boolean {
  try {
    return statSync(place).isDirectory();
  } catch {
    return false;
  }
}

/** By the folder's own name: a link on the way could lead elsewhere later, and is not followed then. */
function fileIn(folder: string, name: string): string {
  return path.join(realpathSync(folder), `daypass-${name}.jsonl`);
}

function secretOf(wish: NewSink): string | null {
  switch (wish.kind) {
    case 'otlp':
      return wish.header?.value ?? null;
    case 'webhook':
      return wish.secret;
    case 'file':
      return null;
  }
}

function sinkOf(wish: NewSink, reference: string | null): Sink {
  const { kind, name } = wish;
  switch (kind) {
    case 'otlp': {
      const header = wish.header === null ? {} : { header: { name: wish.header.name, value: reference } };
      return sinkSchema.parse({ kind, name, url: wish.url, ...header });
    }
    case 'webhook':
      return sinkSchema.parse({ kind, name, url: wish.url, secret: reference });
    case 'file':
      return sinkSchema.parse({ kind, name, path: fileIn(wish.folder, name) });
  }
}

function withSecret(sink: Exclude<Sink, { kind: 'file' }>, reference: string): Sink {
  if (sink.kind === 'webhook') return { ...sink, secret: reference };
  return sink.header === undefined ? sink : { ...sink, header: { ...sink.header, value: reference } };
}

function isSecretFor({ kind, name, url }: Exclude<Sink, { kind: 'file' }>, secret: string): boolean {
  const wish =
    kind === 'webhook' ? { kind, name, url, secret } : { kind, name, url, header: { name: 'X', value: secret } };
  return newSinkSchema.safeParse(wish).success;
}

/** What was done was done, also when its record finds no room. */
async function noted({ kept, log }: Parts, fact: SinkFact, who: Actor): Promise<void> {
  try {
    await kept.record(fact, who);
  } catch (error) {
    log.trouble('record', error, { kind: fact.kind });
  }
}
