// What the address of a team's broker looks like. Plain: the window checks what is typed without the schema library.

/** https, or http on this machine for trying it out. No user, query or fragment. */
export const BROKER_URL =
  /^(?:https:\/\/[a-z0-9][a-z0-9.-]*(?::\d{1,5})?|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?)(?:\/[A-Za-z0-9._~/-]*)?$/i;
