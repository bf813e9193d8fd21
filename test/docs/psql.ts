// The little of psql that docs/curl.md uses, for machines without it: one command, printed as psql prints it.
import { env } from 'node:process';
import { parseArgs } from 'node:util';
import { Client } from 'pg';

const { values } = parseArgs({
  options: Object.fromEntries(
    Object.entries({ host: 'h', port: 'p', user: 'U', database: 'd', command: 'c' }).map(([name, short]) => [
      name,
      { type: 'string' as const, short },
    ]),
  ),
});
if (env['PGSSLMODE'] !== 'disable') throw new Error('the example is for one machine');
const { host, port, user, database } = values;
const client = new Client({ host, port: Number(port), user, database, password: env['PGPASSWORD'] });
await client.connect();
const { rows } = await client.query<unknown[]>({ text: String(values['command']), rowMode: 'array' });
for (const row of rows) console.log(` ${row.map(String).join(' | ')}`);
console.log(`(${rows.length} rows)`);
await client.end();
