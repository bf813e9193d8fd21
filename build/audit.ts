// `npm run audit -- COMMAND …`: what is done with an audit log from outside of the broker and the desktop. One file of
// build/audit a command. Exit code 0: done, or verified; 1: refused, or something is wrong; 2: wrong use.
import { WrongUse } from './audit/arguments.ts';

type Command = { readonly usage: string; readonly run: (args: readonly string[]) => Promise<number> };

/** Which broker; `audit/broker-door.ts` says more. */
const DOOR = '(--broker URL [--token-file FILE] | --config FILE [--data DIR] [--as USER])';

// Each is loaded only when it is asked for: an auditor's verification needs nothing of the broker.
const COMMANDS: Readonly<Record<string, Command>> = {
  verify: {
    usage: 'npm run audit -- verify DIR [--key FINGERPRINT] [--since CHECKPOINT_FILE] [--json]',
    run: async (args) => await (await import('./audit/verify.ts')).runVerify(args),
  },
  export: {
    usage:
      'npm run audit -- export (--config FILE [--data DIR] | --data DIR | --from-export DIR) --to DIR\n' +
      '         [--log ledger|desktop|desktops] [--from TIME] [--until TIME] [--since CHECKPOINT_FILE] [--pem FILE]',
    run: async (args) => await (await import('./audit/export.ts')).runExport(args),
  },
  erase: {
    usage: `npm run audit -- erase SUBJECT --reason TEXT [--yes] ${DOOR}`,
    run: async (args) => await (await import('./audit/erase.ts')).erase(args),
  },
  agree: {
    usage: `npm run audit -- agree CHANGE [--reason TEXT] ${DOOR}`,
    run: async (args) => await (await import('./audit/erase.ts')).agree(args),
  },
  prune: {
    usage: `npm run audit -- prune [--now] ${DOOR}`,
    run: async (args) => await (await import('./audit/prune.ts')).prune(args),
  },
  hold: {
    usage: `npm run audit -- hold SUBJECT --reason TEXT ${DOOR}`,
    run: async (args) => await (await import('./audit/hold.ts')).hold(args),
  },
  holds: {
    usage: `npm run audit -- holds ${DOOR}`,
    run: async (args) => await (await import('./audit/hold.ts')).holds(args),
  },
  'release-hold': {
    usage: `npm run audit -- release-hold HOLD --reason TEXT ${DOOR}`,
    run: async (args) => await (await import('./audit/hold.ts')).releaseHold(args),
  },
};

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const usages = command === undefined ? Object.values(COMMANDS).map(({ usage }) => usage) : [command.usage];
  try {
    if (command !== undefined) return await command.run(args);
  } catch (error) {
    if (!isWrongUse(error)) throw error;
    console.error(error.message);
  }
  console.error(`usage: ${usages.join('\n       ')}`);
  return 2;
}

/** Also what Node's own reading of arguments refuses. */
function isWrongUse(error: unknown): error is Error {
  if (error instanceof WrongUse) return true;
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // Of a database or a disk: never with what it holds.
  console.error(error instanceof Error ? error.message : 'it failed');
  process.exitCode = 1;
}
