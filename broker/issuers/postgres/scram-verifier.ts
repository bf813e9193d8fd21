// A random password and what a server keeps to check it (RFC 5802, RFC 7677): the server and its log never see the
// password itself.
import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const ITERATIONS = 4096;
const SALT_BYTES = 16;
const PASSWORD_BYTES = 24;

export type NewPassword = {
  /** 192 random bits in base64url: nothing in it that SASLprep would change. */
  readonly password: string;
  /** As PostgreSQL stores it: `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey`. */
  readonly verifier: string;
};

export async function newPassword(): Promise<NewPassword> {
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  return { password, verifier: await scramVerifier(password, randomBytes(SALT_BYTES)) };
}

export async function scramVerifier(password: string, salt: Uint8Array, iterations = ITERATIONS): Promise<string> {
  const salted = await promisify(pbkdf2)(password, salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${iterations}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`;
}
