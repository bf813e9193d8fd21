// expect: typescript(no-unsafe-type-assertion)
export const narrow = (value: unknown): string => value as string;
