// What goes over a fetch port. Both ends are our own code in one process; bytes are copied, streams are pulled.

export type CallMessage = {
  readonly kind: 'call';
  readonly id: number;
  /** Who calls, as the owner of the port says; the other end decides what that means. */
  readonly user: string;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | null;
};

/** `pull` asks for the next chunk of an answer; `abort` ends it. */
export type ToServer = CallMessage | { readonly kind: 'pull' | 'abort'; readonly id: number };

export type ToClient =
  | {
      readonly kind: 'head';
      readonly id: number;
      readonly status: number;
      readonly headers: readonly (readonly [string, string])[];
      readonly hasBody: boolean;
    }
  | { readonly kind: 'chunk'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end' | 'failed'; readonly id: number };
