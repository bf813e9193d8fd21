// What a package of the desktop holds, for Linux, macOS and Windows. An allow-list: what is not named is not packed.
// `npm run package` uses it; nothing here reads a secret. Signing takes its identity from the environment of a release.
import type { Configuration } from 'electron-builder';
import { checkPacked } from './packaging/check-packed.ts';

/** A Debian package must name both. Who publishes packages puts their own here. */
const HOMEPAGE = 'https://daypass.invalid';
const MAINTAINER = 'Daypass contributors <maintainers@daypass.invalid>';

/** Electron's switches, burnt into its binary: no plain Node, no debugger, and no code but the verified archive's. */
export const FUSES = {
  runAsNode: false,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  enableCookieEncryption: true,
  enableEmbeddedAsarIntegrityValidation: true,
  onlyLoadAppFromAsar: true,
  grantFileProtocolExtraPrivileges: false,
} as const;

type PackedFile = Exclude<NonNullable<Configuration['files']>, string | readonly unknown[]> | string;

/** The named files of one module. */
const moduleFiles = (name: string, filter: readonly string[]): PackedFile => ({
  from: `node_modules/${name}`,
  to: `node_modules/${name}`,
  filter: [...filter],
});

/** The native file of one platform and processor: `npm ci` on such a machine installed it. */
const keyringBinary = (platform: string): PackedFile =>
  moduleFiles(`@napi-rs/keyring-${platform}`, ['package.json', '*.node', 'LICENSE*']);

const FILES: PackedFile[] = [
  'package.json',
  'out/main/**/*.{js,cjs}',
  'out/main/assets/**/*.{png,ico}',
  'out/preload/**/*.cjs',
  'out/renderer/**/*.{html,js,css,woff2,svg,png}',
  moduleFiles('@napi-rs/keyring', ['package.json', 'index.js', 'LICENSE']),
  moduleFiles('@cedar-policy/cedar-wasm', ['package.json', 'nodejs/{package.json,cedar_wasm.js,cedar_wasm_bg.wasm}']),
];

const LINUX: Configuration['linux'] = {
  target: ['AppImage', 'deb'],
  files: [keyringBinary('linux-${arch}-gnu')],
  executableName: 'daypass',
  icon: 'build/icons/app/linux',
  category: 'Utility;Security',
  synopsis: 'Access to datasets and AI models, for as long as you need it',
  maintainer: MAINTAINER,
  desktop: { entry: { Keywords: 'access;token;dataset;model;', SingleMainWindow: 'true' } },
};

const MAC: Configuration['mac'] = {
  target: ['dmg', 'zip'],
  files: [keyringBinary('darwin-${arch}')],
  icon: 'build/icons/app/mac.icns',
  category: 'public.app-category.utilities',
  hardenedRuntime: true,
  entitlements: 'build/entitlements.mac.plist',
  entitlementsInherit: 'build/entitlements.mac.plist',
  // Lives in the menu bar: no dock icon until a window asks for one.
  extendInfo: { LSUIElement: true },
};

const WINDOWS: Configuration['win'] = {
  target: ['nsis'],
  files: [keyringBinary('win32-${arch}-msvc')],
  icon: 'build/icons/app/win.ico',
};

export const CONFIGURATION: Configuration = {
  // The app names itself so to Windows, which else shows none of its notifications.
  appId: 'io.daypass.desktop',
  productName: 'Daypass',
  copyright: 'Copyright © Daypass contributors',
  artifactName: '${productName}-${version}-${os}-${arch}.${ext}',
  directories: { output: 'dist', buildResources: 'build' },
  publish: null,
  // The modules are named in FILES. `false` tells electron-builder to collect and rebuild no dependency itself; with
  // `npmRebuild: false` it would not ask, and would pack them all.
  beforeBuild: () => Promise.resolve(false),
  files: FILES,
  afterPack: checkPacked,
  extraMetadata: {
    main: 'out/main/main.js',
    productName: 'Daypass',
    desktopName: 'daypass.desktop',
    homepage: HOMEPAGE,
  },
  // What the embedded broker starts with: no key, no secret and no process of its own is in it.
  extraResources: [
    {
      from: 'examples/solo',
      to: 'examples/solo',
      filter: ['daypass.yaml', 'catalog.yaml', 'policies/*.cedar', 'data/**'],
    },
  ],
  asar: { smartUnpack: false },
  // The system loads a native module as a file only. The policy engine's wasm is read like any other file, also from the
  // broker's thread (Electron reads archives there too), so it stays inside, where integrity validation covers it.
  asarUnpack: ['node_modules/@napi-rs/keyring-*/*.node'],
  electronFuses: FUSES,
  protocols: [{ name: 'Daypass link', schemes: ['daypass'], role: 'Viewer' }],
  linux: LINUX,
  deb: { priority: 'optional', recommends: ['gnome-keyring'] },
  mac: MAC,
  win: WINDOWS,
  // For one person, without an administrator; the script registers the link scheme, which NSIS leaves to the app.
  nsis: { oneClick: true, perMachine: false, include: 'build/installer.nsh', differentialPackage: false },
};
