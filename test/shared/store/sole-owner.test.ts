// Two brokers on one database would each let in what the other has ended: the second is refused before it reads a byte.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqlite } from '#shared/store/sqlite.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'daypass-owner-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = async () =>
  await openSqlite({ path: path.join(folder, 'broker.sqlite'), migrations: {}, soleOwner: true });

it('refuses a second owner in the same process, and takes one after the first has closed', async () => {
  const first = await open();
  await expect(open()).rejects.toMatchObject({ name: 'StoreError', code: 'in_use' });
  await first.close();
  await (await open()).close();
});

it('refuses while another process owns the file, and takes it over when that process was killed', async () => {
  const program = `
    const { openSqlite } = await import(${JSON.stringify(new URL('../../../shared/store/sqlite.ts', import.meta.url).href)});
    await openSqlite({ path: ${JSON.stringify(path.join(folder, 'broker.sqlite'))}, migrations: {}, soleOwner: true });
    console.log('open');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await expect(open()).rejects.toMatchObject({ code: 'in_use' });
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  await (await open()).close();
});
