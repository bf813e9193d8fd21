// expect: daypass(capability-owner)
export const answer = (): Promise<Response> => globalThis['fetch']('https://example.org/');
