// expect: daypass(folder-boundaries)
export const listed = await import('../cli/list.ts');
