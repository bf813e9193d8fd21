// expect: daypass(capability-owner)
export const answer = (): Promise<Response> => fetch('https://example.org/');
