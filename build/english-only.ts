// Leaves out the words that the component library speaks in languages other than the window's. Times are not touched.
import type { Plugin } from 'vite';

const OTHER_LANGUAGE =
  /[\\/]react-(?:aria|aria-components|stately)[\\/].*[\\/]intl[\\/].*[\\/]?(?!en-US)[a-z]{2}-[A-Z]{2}\.mjs$/;

export function englishOnly(): Plugin {
  return {
    name: 'daypass-english-only',
    enforce: 'pre',
    load: { filter: { id: OTHER_LANGUAGE }, handler: () => 'export default {};' },
  };
}
