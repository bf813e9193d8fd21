// expect: nothing
export const answer = (fetch: (url: string) => string): string => fetch('https://example.org/');
