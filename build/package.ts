// `npm run package [-- --dir] [-- --electron-dist DIR]`: packs what `npm run build` made for the system that it runs on.
// `--dir` stops at the unpacked folder. Downloads the Electron runtime unless it is cached or given, and says if it cannot.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build, Platform } from 'electron-builder';
import { CONFIGURATION } from './electron-builder.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const NO_CONNECTION = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|Response code 40[34]/;

const WITHOUT_DOWNLOADS = `A download that packaging needs failed: the Electron runtime or a tool of electron-builder, which come from GitHub.
Where GitHub cannot be reached, set ELECTRON_MIRROR and ELECTRON_BUILDER_BINARIES_MIRROR to mirrors that can, or give
an unpacked runtime (or the folder of its zip): npm run package -- --dir --electron-dist DIR`;

const { values } = parseArgs({
  options: { dir: { type: 'boolean', default: false }, 'electron-dist': { type: 'string' } },
});

async function main(): Promise<number> {
  if (!existsSync(path.join(ROOT, 'out', 'main', 'main.js'))) {
    console.error('There is nothing to pack yet: run `npm run build` first.');
    return 1;
  }
  const electronDist = values['electron-dist'];
  try {
    const artifacts = await build({
      projectDir: ROOT,
      targets: Platform.current().createTarget(values.dir ? 'dir' : undefined),
      config: electronDist === undefined ? CONFIGURATION : { ...CONFIGURATION, electronDist },
    });
    for (const artifact of artifacts) console.log(path.relative(ROOT, artifact));
    return 0;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    console.error(text);
    if (NO_CONNECTION.test(text)) console.error(WITHOUT_DOWNLOADS);
    return 1;
  }
}

process.exitCode = await main();
