// The `iss` of an embedded broker: named after its own key, so that two brokers never share one.

/** `keyFingerprint`: hex SHA-256 of the public DER of the key that the ledger began with; it outlives changes of the key. */
export function embeddedIssuerName(keyFingerprint: string): string {
  return `urn:daypass:embedded:${Buffer.from(keyFingerprint, 'hex').toString('base64url')}`;
}
