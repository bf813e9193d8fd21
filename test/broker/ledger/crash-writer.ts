// Run as a process of its own and killed at any moment: appends to the ledger in DATABASE (a file, or the URL of a
// PostgreSQL) without end, two records a transaction, and writes each one's number to standard output once it is durable.
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { openTestLedger } from './open-test-ledger.ts';
import { numberedEvent, SAMPLES } from './sample-events.ts';

const [path, firstNumber, writers] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: crash-writer.ts DATABASE FIRST_NUMBER WRITERS');
// It is killed before it would leave to the next one what Node compiled.
flushCompileCache();
const { store, ledger } = await openTestLedger(path, { bootId: `boot_${firstNumber}` });
let next = Number(firstNumber);

async function write(): Promise<never> {
  for (;;) {
    const number = next;
    next += 1;
    await store.transaction(async (tx) => {
      await ledger.append(tx, { ...numberedEvent(number), personal: { subject: 'sub_ana', text: { n: `${number}` } } });
      await ledger.append(tx, {
        ...SAMPLES['use.interrupted'],
        data: { ...SAMPLES['use.interrupted'].data, useId: `use_${number}`, code: 'second' },
      });
    });
    writeSync(1, `${number}\n`);
  }
}

await Promise.all(Array.from({ length: Number(writers) }, write));
