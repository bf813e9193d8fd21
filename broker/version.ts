// The version that the broker says it is: the package's own.
import manifest from '../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
