// expect: daypass(capability-owner)
export const start = await import('child_process');
