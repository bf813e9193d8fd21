// How a call reaches the broker, told by the channel and never by the caller. Embedded: the port names the identity.
// Over HTTP: what the listener saw; the directory decides whether it proves anybody.
export type Caller =
  | { readonly kind: 'embedded'; readonly user: string }
  | {
      readonly kind: 'http';
      /** The Authorization header as it came. */
      readonly authorization: string | null;
      /** The caller's address: the socket's, or the one that a configured proxy named. */
      readonly remoteAddress: string;
    }
  | { readonly kind: 'anonymous' };
