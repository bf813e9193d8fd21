// Preloaded before Electronegativity, whose imports lead to two places where they must not.
// Its TypeScript parser takes whatever `typescript` lies beside it, which is ours (7, with another API), and dies at its
// first line: it gets the 4.2 that Electronegativity itself asks for. And each run downloads translations: it gets none.
import { createRequire, registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const requireHere = createRequire(import.meta.url);
const requireThere = createRequire(requireHere.resolve('@doyensec/electronegativity'));
const theirTypescript = pathToFileURL(requireThere.resolve('typescript')).href;
const noNetwork = path.join(import.meta.dirname, 'no-network.ts');

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const from = context.parentURL ?? '';
    if (specifier === 'typescript' && from.includes('/@typescript-eslint/typescript-estree/')) {
      return { url: theirTypescript, format: 'commonjs', shortCircuit: true };
    }
    if (specifier === 'got' && from.includes('/@doyensec/electronegativity/')) return nextResolve(noNetwork, context);
    return nextResolve(specifier, context);
  },
});
