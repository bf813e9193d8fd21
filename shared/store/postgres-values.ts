// How PostgreSQL's values become the same values that SQLite gives.
import { types } from 'pg';
import { StoreError } from './store-error.ts';

const INT8 = 20;
/** What the sum of an int8 column is. */
const NUMERIC = 1700;

/** For `pg`: gives the way to read a type's text. Every other type is read as `pg` reads it. */
export const parsePostgresValue: typeof types.getTypeParser = (oid, format) => {
  if (Number(oid) === INT8 && format !== 'binary') return toWholeNumber;
  if (Number(oid) === NUMERIC && format !== 'binary') return toNumber;
  return types.getTypeParser(oid, format);
};

/** Throws a StoreError rather than giving a number that is not the one that is stored. */
function toWholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new StoreError('other', 'a whole number in the database is out of range');
  return value;
}

function toNumber(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}
