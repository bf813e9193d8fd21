// How the broker's demand for a fresh sign-in is met. Whoever signs people in gives the real one.
export type FreshSignIn = {
  /** Asks the person to sign in again; true once the broker will see that they just did. Never throws, never prompts twice. */
  readonly ensureFresh: () => Promise<boolean>;
};

/** Where nobody signs in, no sign-in can be made fresh. */
export const NO_SIGN_IN: FreshSignIn = { ensureFresh: async () => await Promise.resolve(false) };
