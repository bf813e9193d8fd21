// expect: typescript(no-misused-promises)
const ask = async (): Promise<boolean> => true;
export const start = (): number => (ask() ? 1 : 2);
