// expect: typescript(switch-exhaustiveness-check)
export const size = (kind: 'one' | 'two'): number => {
  switch (kind) {
    case 'one':
      return 1;
  }
  return 2;
};
