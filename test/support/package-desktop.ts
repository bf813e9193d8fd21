// Packs a desktop in a folder of its own with electron-builder's real code and this repository's configuration, on a
// fake Electron. Uses the real out/ when it was built, else one of the same shape with files that must not be packed.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Arch, build, Platform, type Configuration } from 'electron-builder';
import { CONFIGURATION } from '../../build/electron-builder.ts';
import { makeFakeElectron, type FakePlatform } from './fake-electron.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');

export type PackedDesktop = {
  /** Holds the project and the result; the caller removes it. */
  readonly folder: string;
  /** Electron's resources folder: app.asar, app.asar.unpacked and the extra resources. */
  readonly resources: string;
  /** The file that the fuses are in. */
  readonly fuseFile: string;
  /** What was in out/: the real bundles or the stand-in. */
  readonly builtForReal: boolean;
};

/** Takes the platform (x64), and whether its native keychain module is there. Throws what packaging throws. */
export async function packageDesktop(
  platform: FakePlatform,
  { keychainModule = true, more = {} }: { readonly keychainModule?: boolean; readonly more?: Configuration } = {},
): Promise<PackedDesktop> {
  const folder = mkdtempSync(path.join(tmpdir(), 'daypass-package-'));
  const project = path.join(folder, 'project');
  const builtForReal = makeProject(project, platform, keychainModule);
  const electronDist = path.join(folder, 'electron');
  makeFakeElectron(electronDist, platform);
  const output = path.join(folder, 'dist');
  const config = { electronDist, electronVersion: '45.4.1', ...more };
  try {
    await build({
      projectDir: project,
      targets: (platform === 'linux' ? Platform.LINUX : Platform.MAC).createTarget('dir', Arch.x64),
      config: { ...copyOf(CONFIGURATION), ...config, directories: { ...CONFIGURATION.directories, output } },
    });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const contents = path.join(output, 'mac', 'Daypass.app', 'Contents');
  const framework = path.join(contents, 'Frameworks', 'Electron Framework.framework', 'Electron Framework');
  return platform === 'linux'
    ? {
        folder,
        resources: path.join(output, 'linux-unpacked', 'resources'),
        fuseFile: path.join(output, 'linux-unpacked', 'daypass'),
        builtForReal,
      }
    : { folder, resources: path.join(contents, 'Resources'), fuseFile: framework, builtForReal };
}

/** electron-builder changes the configuration that it is given, hooks apart; the next package needs it as it was. */
function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  const copy = Array.isArray(value)
    ? value.map(copyOf)
    : Object.fromEntries(Object.entries(value).map(([key, child]) => [key, copyOf(child)]));
  // Arrays stay arrays and objects keep their keys: the same shape.
  return copy as T;
}

/** Gives whether the real bundles were there to copy. */
function makeProject(project: string, platform: FakePlatform, keychainModule: boolean): boolean {
  mkdirSync(project, { recursive: true });
  for (const name of ['package.json', 'build', 'examples/solo', '@napi-rs/keyring', '@cedar-policy/cedar-wasm']) {
    const at = name.startsWith('@') ? path.join('node_modules', name) : name;
    cpSync(path.join(ROOT, at), path.join(project, at), { recursive: true, dereference: true });
  }
  if (keychainModule) addKeychainModule(project, platform);
  const builtForReal = existsSync(path.join(ROOT, 'out', 'main', 'main.js'));
  if (builtForReal) cpSync(path.join(ROOT, 'out'), path.join(project, 'out'), { recursive: true });
  else makeStandInOut(project);
  plantWhatMustNotBePacked(project);
  return builtForReal;
}

function addKeychainModule(project: string, platform: FakePlatform): void {
  const name = platform === 'linux' ? 'keyring-linux-x64-gnu' : 'keyring-darwin-x64';
  const from = path.join(ROOT, 'node_modules', '@napi-rs', name);
  const to = path.join(project, 'node_modules', '@napi-rs', name);
  if (existsSync(from)) {
    cpSync(from, to, { recursive: true });
    return;
  }
  // Only its place matters: a module for another system cannot be loaded here anyway.
  mkdirSync(to, { recursive: true });
  writeFileSync(path.join(to, 'package.json'), JSON.stringify({ name: `@napi-rs/${name}`, main: `${name}.node` }));
  writeFileSync(path.join(to, `${name.replace('-', '.')}.node`), 'native');
}

function makeStandInOut(project: string): void {
  writeAll(project, {
    'out/main/main.js': "import { app } from 'electron';\nimport '@napi-rs/keyring';\nvoid app;\n",
    'out/main/broker-worker.js': "import '@cedar-policy/cedar-wasm/nodejs';\nimport 'node:sqlite';\n",
    'out/preload/preload.cjs': "require('electron');\n",
    'out/renderer/index.html': '<!doctype html>',
    'out/renderer/assets/index.js': '',
    'out/renderer/assets/index.css': '',
    'out/renderer/assets/inter.woff2': '',
  });
  cpSync(path.join(ROOT, 'electron', 'assets'), path.join(project, 'out', 'main', 'assets'), { recursive: true });
}

function plantWhatMustNotBePacked(project: string): void {
  writeAll(project, {
    'out/main/main.js.map': '{}',
    'out/renderer/assets/index.js.map': '{}',
    'out/main/notes.txt': 'notes',
    'out/main/secrets/token': 'secret',
    '.env': 'SECRET=1',
    '.daypass/keys/ledger.key': 'secret',
    'examples/solo/secrets/model-wink-english': 'secret',
    'examples/solo/keys/ledger.key': 'secret',
    'electron/main.ts': 'export {};',
    'test/build/some.test.ts': 'export {};',
    'node_modules/zod/package.json': '{"name":"zod","version":"4.6.7"}',
    'node_modules/zod/index.js': '',
    'node_modules/@napi-rs/keyring-linux-x64-musl/keyring.linux-x64-musl.node': 'another system',
  });
}

function writeAll(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
}
