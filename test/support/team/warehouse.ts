// A second database on the team's PostgreSQL server: real rows in a table, and the one login that may make logins for
// grants. It is no superuser, and nobody else comes in.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { Client } from 'pg';
import type { TestPostgres } from '#test/support/postgres.ts';

const EXAMPLES = path.resolve(import.meta.dirname, '..', '..', '..', 'examples');
const PENGUINS = path.join(EXAMPLES, 'solo', 'data', 'penguins', 'penguins.csv');

/** As the example's catalog names them. */
const NAME = 'warehouse';
const ADMIN = 'daypass_admin';

/** Makes the database as the example's README says, with the penguins of the solo example. */
export async function createWarehouse(postgres: TestPostgres, password: string): Promise<void> {
  await postgres.query(`create role ${ADMIN} login createrole password '${password}'`);
  await postgres.query(`create database ${NAME} owner ${ADMIN}`);
  await postgres.query(`revoke connect on database ${NAME} from public`);
  const { host, port } = postgres;
  const client = new Client({ host, port, database: NAME, user: ADMIN, password });
  await client.connect();
  try {
    await client.query(await readFile(path.join(EXAMPLES, 'team', 'warehouse.sql'), 'utf8'));
    const rows: readonly unknown[] = parse(await readFile(PENGUINS, 'utf8'), {
      columns: true,
      cast: (value) => (value === '' ? null : value),
    });
    await client.query('insert into field.penguins select * from jsonb_populate_recordset(null::field.penguins, $1)', [
      JSON.stringify(rows),
    ]);
  } finally {
    await client.end();
  }
}
