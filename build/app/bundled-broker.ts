// How specs that start brokers again and again find the bundle that the run made for them, and what Node compiled of it.
import path from 'node:path';

/** The variable of the environment that has the program's path. */
export const BUNDLED_BROKER = 'DAYPASS_TEST_BROKER';

/** The folder where Node keeps what it compiled of this program. */
export function compiledOf(program: string): string {
  return path.join(path.dirname(program), 'compiled');
}
