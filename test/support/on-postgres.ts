// Import this first, and the tests of the file run on a PostgreSQL of its own; `npm test -- --store postgres` does it
// for every file.
import { afterAll, beforeAll } from 'vitest';
import { startPostgres, type TestPostgres } from './postgres.ts';
import { useServer } from './test-store.ts';

process.env['DAYPASS_TEST_STORE'] = 'postgres';
let postgres: TestPostgres | null = null;

beforeAll(async () => {
  postgres = await startPostgres();
  useServer(postgres);
});
afterAll(async () => {
  useServer(null);
  await postgres?.close();
});
