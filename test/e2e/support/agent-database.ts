// The desktop's database as another program can read it while the app runs: to wait for a point that only it shows.
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The first column of each row that the query gives. */
export function readAgentDatabase(dataFolder: string, query: string): readonly unknown[] {
  using database = new DatabaseSync(path.join(dataFolder, 'agent.sqlite'), { readOnly: true, timeout: 5000 });
  return database
    .prepare(query)
    .all()
    .map((row) => Object.values(row)[0]);
}
