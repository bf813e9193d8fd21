// expect: eslint(no-console)
console.log('hello');
export const printed = true;
