// Packages as electron-builder's own code makes them from our configuration: what is in them, what is not, and how the
// system will see them. The Electron in them is a fake that cannot run; Windows needs a real one and is checked as data.
import { extractAll, listPackage } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import type { AfterPackContext } from 'electron-builder';
import { parseSync } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONFIGURATION } from '../../build/electron-builder.ts';
import { checkPacked } from '../../build/packaging/check-packed.ts';
import { PACKED_IMPORTS } from '../../build/packaging/packed-modules.ts';
import { packageDesktop, type PackedDesktop } from '../support/package-desktop.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const PROGRAM = path.join(ROOT, 'electron', 'shell', 'program.ts');
const MINUTE_MS = 60_000;

/** As `@electron/fuses` reads it back from the binary. */
const EXPECTED_FUSES = {
  [FuseV1Options.RunAsNode]: FuseState.DISABLE,
  [FuseV1Options.EnableCookieEncryption]: FuseState.ENABLE,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: FuseState.DISABLE,
  [FuseV1Options.EnableNodeCliInspectArguments]: FuseState.DISABLE,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: FuseState.ENABLE,
  [FuseV1Options.OnlyLoadAppFromAsar]: FuseState.ENABLE,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: FuseState.DISABLE,
};

let linux: PackedDesktop;
let desktopEntry: string;
let contents: string;
let files: string[];

beforeAll(async () => {
  linux = await packageDesktop('linux', { more: { afterPack: readDesktopEntry } });
  const archive = path.join(linux.resources, 'app.asar');
  contents = path.join(linux.folder, 'contents');
  extractAll(archive, contents);
  files = listPackage(archive, { isPack: false })
    .map((file) => file.replaceAll('\\', '/').slice(1))
    .filter((file) => path.extname(file) !== '' || file.endsWith('LICENSE'));
}, MINUTE_MS);
afterAll(() => rmSync(linux.folder, { recursive: true, force: true }));

/** The entry that the AppImage and the .deb carry; their own tools are downloads, its text is not. */
async function readDesktopEntry(context: AfterPackContext): Promise<void> {
  await checkPacked(context);
  const requireBuilder = createRequire(createRequire(import.meta.url).resolve('electron-builder'));
  const { LinuxTargetHelper } = requireBuilder('app-builder-lib/out/targets/LinuxTargetHelper.js');
  desktopEntry = await new LinuxTargetHelper(context.packager).computeDesktopEntry(CONFIGURATION.linux);
}

describe('the archive', () => {
  it('holds the bundles, the assets and two modules, and nothing else', () => {
    const allowed = [
      /^package\.json$/,
      /^out\/main\/[^/]+\.c?js$/,
      /^out\/main\/chunks\/[^/]+\.js$/,
      /^out\/main\/assets\/(app|tray\/[\w@-]+)\.(png|ico)$/,
      /^out\/preload\/[^/]+\.cjs$/,
      /^out\/renderer\/(index\.html|assets\/[^/]+\.(js|css|woff2|svg|png))$/,
      /^node_modules\/@napi-rs\/keyring\/(package\.json|index\.js|LICENSE)$/,
      /^node_modules\/@napi-rs\/keyring-linux-x64-gnu\/(package\.json|LICENSE[\w.-]*|keyring\.linux-x64-gnu\.node)$/,
      /^node_modules\/@cedar-policy\/cedar-wasm\/(package\.json|nodejs\/(package\.json|cedar_wasm\.js|cedar_wasm_bg\.wasm))$/,
    ];
    expect(files.filter((file) => !allowed.some((pattern) => pattern.test(file)))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        'package.json',
        'out/main/main.js',
        'out/main/broker-worker.js',
        'out/main/assets/tray/waiting-dark@2x.png',
        'out/preload/preload.cjs',
        'out/renderer/index.html',
        'node_modules/@cedar-policy/cedar-wasm/nodejs/cedar_wasm_bg.wasm',
      ]),
    );
  });

  it('starts the main bundle, under the name that the desktop entry is filed under', () => {
    expect(JSON.parse(readFileSync(path.join(contents, 'package.json'), 'utf8'))).toMatchObject({
      main: 'out/main/main.js',
      type: 'module',
      productName: 'Daypass',
      desktopName: 'daypass.desktop',
    });
  });

  it('holds no package.json that names scripts or development tools', () => {
    const manifest: unknown = JSON.parse(readFileSync(path.join(contents, 'package.json'), 'utf8'));
    expect(manifest).not.toHaveProperty('scripts');
    expect(manifest).not.toHaveProperty('devDependencies');
  });

  it('imports nothing that it does not hold', () => {
    const missing = files
      .filter((file) => /^out\/(main|preload)\/.*\.c?js$/.test(file))
      .flatMap((file) => importsOf(readFileSync(path.join(contents, file), 'utf8')))
      .filter((name) => !/^[./]/.test(name) && !isBuiltin(name) && name !== 'electron')
      .filter((name) => !PACKED_IMPORTS.some((pattern) => pattern.test(name)));
    expect(missing).toEqual([]);
  });

  it('loads the keychain module and the policy engine from what was packed', () => {
    const script = `
      const { AsyncEntry } = await import('@napi-rs/keyring');
      const { getCedarVersion } = await import('@cedar-policy/cedar-wasm/nodejs');
      console.log(typeof AsyncEntry, getCedarVersion());`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: contents });
    expect(said.toString()).toMatch(/^function \d+\.\d+/);
  });

  it('leaves the native module outside as a file, and nothing else: what is inside is covered by integrity checks', () => {
    const unpacked = readdirSync(path.join(linux.resources, 'app.asar.unpacked'), {
      recursive: true,
      encoding: 'utf8',
    });
    expect(unpacked.filter((file) => path.extname(file) !== '')).toEqual([
      path.join('node_modules', '@napi-rs', 'keyring-linux-x64-gnu', 'keyring.linux-x64-gnu.node'),
    ]);
  });
});

describe('the package', () => {
  it('has the fuses of the decision burnt in', async () => {
    expect(await getCurrentFuseWire(linux.fuseFile)).toMatchObject(EXPECTED_FUSES);
  });

  it('carries the configuration, policies and data to start with, without secrets, keys, tests or a model process', () => {
    const solo = path.join(linux.resources, 'examples', 'solo');
    expect(existsSync(path.join(solo, 'daypass.yaml'))).toBe(true);
    expect(readdirSync(solo).sort()).toEqual(['catalog.yaml', 'data', 'daypass.yaml', 'policies']);
    expect(readdirSync(path.join(solo, 'policies')).every((name) => name.endsWith('.cedar'))).toBe(true);
    expect(readdirSync(linux.resources).sort()).toEqual(['app.asar', 'app.asar.unpacked', 'examples']);
  });

  it('is found by the desktop: windows, link scheme, icon and command belong together', () => {
    expect(desktopEntry.split('\n')).toEqual(
      expect.arrayContaining([
        '[Desktop Entry]',
        'Name=Daypass',
        'Exec=/opt/Daypass/daypass %U',
        'Icon=daypass',
        'StartupWMClass=daypass',
        'MimeType=x-scheme-handler/daypass;',
        'Categories=Utility;Security;',
        'Terminal=false',
      ]),
    );
  });

  it('is refused without the keychain module of its platform', async () => {
    await expect(packageDesktop('linux', { keychainModule: false })).rejects.toThrow(/keychain module .* linux-x64/);
  });
});

describe('the macOS package', () => {
  let mac: PackedDesktop;
  let plist: string;
  beforeAll(async () => {
    mac = await packageDesktop('mac');
    plist = readFileSync(path.join(mac.resources, '..', 'Info.plist'), 'utf8').replaceAll(/>\s+</g, '><');
  }, MINUTE_MS);
  afterAll(() => rmSync(mac.folder, { recursive: true, force: true }));

  it('lives in the menu bar, opens daypass links, and carries the hash of its archive', () => {
    expect(plist).toContain('<key>LSUIElement</key><true/>');
    expect(plist).toContain('<key>CFBundleURLSchemes</key><array><string>daypass</string></array>');
    expect(plist).toContain('<key>CFBundleIdentifier</key><string>io.daypass.desktop</string>');
    expect(plist).toMatch(
      /<key>ElectronAsarIntegrity<\/key><dict><key>Resources\/app\.asar<\/key>.*<string>[0-9a-f]{64}</,
    );
  });

  it('has its own icon and the fuses in the framework that runs', async () => {
    const icon = /<key>CFBundleIconFile<\/key><string>([^<]+)</.exec(plist)?.[1] ?? '';
    const ours = readFileSync(path.join(ROOT, 'build', 'icons', 'app', 'mac.icns'));
    expect(readFileSync(path.join(mac.resources, icon)).equals(ours)).toBe(true);
    expect(await getCurrentFuseWire(mac.fuseFile)).toMatchObject(EXPECTED_FUSES);
  });

  it('asks for the hardened runtime and for no entitlement but compiling at run time', () => {
    const mac = CONFIGURATION.mac;
    expect(mac).toMatchObject({ hardenedRuntime: true, entitlements: 'build/entitlements.mac.plist' });
    expect(mac?.entitlementsInherit).toBe(mac?.entitlements);
    const entitlements = readFileSync(path.join(ROOT, 'build', 'entitlements.mac.plist'), 'utf8');
    expect([...entitlements.matchAll(/<key>([^<]+)<\/key>/g)].map(([, key]) => key)).toEqual([
      'com.apple.security.cs.allow-jit',
    ]);
  });
});

describe('the Windows package', () => {
  it('installs for one person without an administrator, and registers and removes the link scheme', () => {
    expect(CONFIGURATION.nsis).toMatchObject({ oneClick: true, perMachine: false, include: 'build/installer.nsh' });
    const script = readFileSync(path.join(ROOT, 'build', 'installer.nsh'), 'utf8');
    const [install = '', uninstall = ''] = script.split('!macroend');
    expect(install).toMatch(
      /customInstall[\s\S]*Software\\Classes\\daypass\\shell\\open\\command" "" '"\$INSTDIR\\[^"]+" "%1"'/,
    );
    expect(uninstall).toMatch(/customUnInstall\s+DeleteRegKey SHELL_CONTEXT "Software\\Classes\\daypass"/);
  });

  it.runIf(existsSync(PROGRAM))('has the identity under which the app asks Windows to show notifications', () => {
    const named = /setAppUserModelId\('([^']+)'\)/.exec(readFileSync(PROGRAM, 'utf8'))?.[1];
    expect(named).toBe(CONFIGURATION.appId);
  });

  it('takes an icon with all sizes, so that nothing is converted', () => {
    expect(existsSync(path.join(ROOT, CONFIGURATION.win?.icon ?? ''))).toBe(true);
  });
});

it('publishes nothing by itself', () => {
  expect(CONFIGURATION.publish).toBeNull();
});

/** Every literal module name that a bundle imports or requires. */
function importsOf(code: string): string[] {
  const { hasModuleSyntax, staticImports, staticExports, dynamicImports } = parseSync('bundle.js', code).module;
  // The bundler renames what is really called in a module; a plain `require` there is in a comment or a text.
  const require = hasModuleSyntax ? /\b__require\((["'][^"']+["'])\)/g : /\brequire\((["'][^"']+["'])\)/g;
  return [
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) => entries.map(({ moduleRequest }) => moduleRequest?.value ?? null)),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => literal(code.slice(start, end))),
    ...[...code.matchAll(require)].map(([, name = '']) => literal(name)),
  ].filter((name) => name !== null);
}

function literal(source: string): string | null {
  return /^["']([^"']+)["']$/.exec(source)?.[1] ?? null;
}
