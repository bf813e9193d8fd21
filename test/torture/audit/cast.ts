// Who takes part in an audit torture: one broker and some desktops, each with its files, its lives so far, and what came
// of its deaths.
import { join } from 'node:path';
import { readJournal } from './journal.ts';
import type { Network } from './network.ts';
import type { Life } from './plan.ts';
import type { BrokerDisk } from './broker-disk.ts';
import { NUMBERS_A_LIFE, type ToldSinks, type Word } from './told.ts';
import type { Witness } from './unkept.ts';
import { startVictim, type Victim } from './victim.ts';
import type { Programs } from './bundle.ts';

export type Deaths = {
  kills: number;
  /** Killed before it had opened all it needs. */
  inStart: number;
  /** Killed with a transaction of its own under way. */
  inAppend: number;
  /** Killed while it waited for an answer, or had a call to answer. */
  inCall: number;
};

export type Member = {
  readonly kind: 'broker' | 'desktop';
  readonly name: string;
  /** Starts its next life. */
  readonly start: (life: Pick<Life, 'clockMs'>, rests?: boolean) => Victim;
  /** Kills the life that runs. */
  readonly kill: () => Promise<void>;
  readonly victim: () => Victim;
  readonly deaths: Deaths;
};

export type Desktop = Member & {
  readonly kind: 'desktop';
  readonly database: string;
  /** The key that it has now, and of each life so far the one that it had. */
  readonly keyFile: () => string;
  readonly keyFiles: readonly string[];
  /** Its next life finds no key. */
  readonly loseKey: () => void;
};
export type BrokerMember = Member & {
  readonly kind: 'broker';
  readonly disk: BrokerDisk;
  /** Its next start is told that the store is a backup, until it served once. */
  readonly wasRestored: () => void;
};

export type Stage = {
  readonly folder: string;
  readonly seed: number;
  readonly programs: Programs;
  readonly network: Network;
  readonly brokerKeys: string;
  readonly sinks: ToldSinks;
  readonly ledgerFingerprint: string;
  readonly troubles: Map<string, number>;
};

const MOST_LIVES = 10_000;

type Lives = { count: number; victim: Victim | null; readonly deaths: Deaths };

/** The numbers of a process begin here, and those of no other are among them. */
function firstNumber(index: number, life: number): number {
  return (index * MOST_LIVES + life) * NUMBERS_A_LIFE;
}

/** Who wrote this number (0: the broker), and in which of its lives. */
export function writerOf(number: number): { readonly index: number; readonly life: number } {
  const all = Math.floor(number / NUMBERS_A_LIFE);
  return { index: Math.floor(all / MOST_LIVES), life: all % MOST_LIVES };
}

export function createDesktop(stage: Stage, index: number): Desktop {
  const name = `desktop-${index}`;
  const database = join(stage.folder, `${name}.db`);
  const lives = newLives();
  const keyFiles: string[] = [];
  let lost = 0;
  const keyFile = (): string => join(stage.folder, 'keys', `${name}.${lost}.json`);
  return {
    ...member(stage, { name, lives, open: () => stage.network.open(name) }),
    kind: 'desktop',
    database,
    keyFile,
    keyFiles,
    loseKey: () => {
      lost += 1;
    },
    start: ({ clockMs }, rests = false) => {
      keyFiles.push(keyFile());
      return begin(stage, lives, stage.programs.desktop, name, {
        ...toldLife(stage, { name, index, life: lives.count, clockMs, rests }),
        database,
        keyFile: keyFile(),
        isEnrolled: lost === 0,
        name,
        url: stage.network.url,
        ledgerFingerprint: stage.ledgerFingerprint,
      });
    },
  };
}

export function createBrokerMember(stage: Stage, disk: BrokerDisk, witness: Witness): BrokerMember {
  const name = 'broker';
  const lives = newLives();
  const { network } = stage;
  let restored = false;
  const base = member(stage, { name, lives, open: () => network.open(null) });
  const serves = async (victim: Victim): Promise<void> => {
    const port = await victim.ready;
    if (port === null || lives.victim !== victim) return;
    restored = false;
    network.leadTo(port);
  };
  return {
    ...base,
    kind: 'broker',
    disk,
    wasRestored: () => {
      restored = true;
    },
    start: ({ clockMs }, rests = false) => {
      const victim = begin(stage, lives, stage.programs.broker, name, {
        // Who restores looks at the clock: announcements are put in order by it.
        ...toldLife(stage, { name, index: 0, life: lives.count, clockMs: restored ? 0 : clockMs, rests }),
        store: disk.told,
        keyFile: stage.brokerKeys,
        sinks: stage.sinks,
        url: network.url,
        restored,
      });
      void serves(victim);
      return victim;
    },
    kill: async () => {
      network.leadTo(null);
      await base.kill();
      await network.drained();
      await witness.compare(disk.look);
    },
  };
}

function newLives(): Lives {
  return { count: 0, victim: null, deaths: { kills: 0, inStart: 0, inAppend: 0, inCall: 0 } };
}

type Who = Pick<Member, 'name'> & { readonly lives: Lives; readonly open: () => number };

function member({ folder }: Stage, { name, lives, open }: Who): Omit<Member, 'start' | 'kind'> {
  const running = (): Victim => {
    if (lives.victim === null) throw new Error(`${name} is dead`);
    return lives.victim;
  };
  return {
    name,
    deaths: lives.deaths,
    victim: running,
    kill: async () => {
      const victim = running();
      const calls = open();
      lives.victim = null;
      await victim.kill();
      const { begun, committed } = readJournal(journalOf(folder, name, lives.count - 1));
      lives.deaths.kills += 1;
      if (!victim.isReady()) lives.deaths.inStart += 1;
      else if (calls > 0) lives.deaths.inCall += 1;
      if (begun.length > committed.length) lives.deaths.inAppend += 1;
    },
  };
}

function begin(
  { programs, troubles }: Stage,
  lives: Lives,
  program: string,
  name: string,
  told: Parameters<typeof startVictim>[0]['told'],
): Victim {
  lives.count += 1;
  const hear = (word: Word): void => {
    if (word.kind !== 'trouble') return;
    const text = `${name}: ${word.text}`;
    troubles.set(text, (troubles.get(text) ?? 0) + 1);
  };
  lives.victim = startVictim({ program, flags: programs.flags, env: programs.env, told, hear });
  return lives.victim;
}

type Start = {
  readonly name: string;
  readonly index: number;
  readonly life: number;
  readonly clockMs: number;
  readonly rests: boolean;
};

function toldLife({ folder, seed }: Stage, { name, index, life, clockMs, rests }: Start) {
  return {
    journal: journalOf(folder, name, life),
    firstNumber: firstNumber(index, life),
    bootId: `boot_${name}_${life}`,
    seed: seed + index * 10_000 + life,
    clockMs,
    rests,
  };
}

function journalOf(folder: string, name: string, life: number): string {
  return join(folder, 'journals', `${name}.${life}`);
}
