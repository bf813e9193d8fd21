// How a call reaches the broker, told by the channel and never by the caller. Embedded: the port names the identity.
export type Caller = { readonly kind: 'embedded'; readonly user: string } | { readonly kind: 'anonymous' };
