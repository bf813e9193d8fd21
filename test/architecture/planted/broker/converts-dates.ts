// expect: nothing
export const parse = (text: string): string => new Date(Date.parse(text)).toISOString();
export const isDate = (value: unknown): value is Date => value instanceof Date;
