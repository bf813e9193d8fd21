// expect: daypass(folder-boundaries)
import { fake } from '#test/support/fake.ts';
export const used = fake;
