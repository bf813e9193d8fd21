// What is on the disks of an audit torture while everybody is dead: backs them up, puts them back, and tells which
// records are on none of them any more.
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Select } from './stored-logs.ts';

const PARTS = ['', '-wal'] as const;

export function backUp(database: string): void {
  takeCopy(database, `${database}.backup`);
}

export function putBack(database: string): void {
  takeCopy(`${database}.backup`, database);
}

/** The shared memory beside a database is worth nothing without the process that had it open. */
function takeCopy(from: string, to: string): void {
  for (const part of [...PARTS, '-shm']) rmSync(`${to}${part}`, { force: true });
  for (const part of PARTS) if (existsSync(`${from}${part}`)) cpSync(`${from}${part}`, `${to}${part}`);
}

const NUMBER = /"(?:credential":"crd|useId":"use)_(\d+)"/g;

export type Look = <T>(look: (select: Select) => Promise<T>) => Promise<T>;

/** Looks at a copy of a database that nobody has open, so that it stays as the dead left it. */
export function lookAt(database: string): Look {
  return async (look) => {
    const folder = mkdtempSync(join(tmpdir(), 'daypass-disk-'));
    try {
      takeCopy(database, join(folder, 'copy'));
      using db = new DatabaseSync(join(folder, 'copy'));
      return await look((statement) => Promise.resolve(db.prepare(statement).all()));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

/** The numbers of all records that are in these tables. */
export async function numbersOn(look: Look, tables: Readonly<Record<string, string>>): Promise<ReadonlySet<number>> {
  return await look(async (select) => {
    const numbers = new Set<number>();
    for (const [table, column] of Object.entries(tables))
      for (const row of await select(`select ${column} as text from ${table}`))
        for (const [, number] of String(row['text']).matchAll(NUMBER)) numbers.add(Number(number));
    return numbers;
  });
}

export const DESKTOP_TEXTS = {
  outbox_records: 'canonical',
  outbox_old_records: 'canonical',
  outbox_intake: 'head || tail',
} as const;
export const BROKER_TEXTS = {
  desktop_records: 'canonical',
  ledger_records: 'canonical',
  ledger_intake: 'head || tail',
} as const;
