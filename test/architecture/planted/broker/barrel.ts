// expect: daypass(no-barrel)
export * from './access.ts';
