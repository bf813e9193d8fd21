// How a login of a credential is named, and the mark that says which broker made it. Names are quoted, never trusted.
import { createHash } from 'node:crypto';

export type LoginNames = {
  readonly nameOf: (credentialId: string) => string;
  /** The credential of a login with such a name, or null for any other name. */
  readonly credentialOf: (login: string) => string | null;
  /** Text before every name, for a LIKE-free comparison. */
  readonly prefix: string;
  /** Stands as the role's comment: a role without it is nobody's business here, whatever its name. */
  readonly markOf: (credentialId: string) => string;
};

/** `issuer`: the broker's own name. Brokers that share a database server never touch each other's logins. */
export function loginNames(issuer: string): LoginNames {
  const broker = createHash('sha256').update(`postgres logins\n${issuer}`).digest('hex').slice(0, 12);
  const prefix = `daypass_${broker}_`;
  return {
    prefix,
    nameOf: (credentialId) => `${prefix}${credentialId}`,
    credentialOf: (login) => {
      const rest = login.startsWith(prefix) ? login.slice(prefix.length) : '';
      return /^crd_[A-Za-z0-9_-]{22}$/.test(rest) ? rest : null;
    },
    markOf: (credentialId) => `Daypass broker ${broker}, credential ${credentialId}: dropped when its grant ends`,
  };
}
