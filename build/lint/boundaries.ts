// Which folder may import what, and which one file holds each dangerous capability. Data only: the rules read it.
// To give a capability to a file is a design decision: change this table in a commit that says why.

export type FolderRule = {
  /** The folder (or single file) that the rule is about; the longest match wins. */
  readonly folder: string;
  /** Folders of this repository that it may import from. Itself must be listed too. */
  readonly local: readonly string[];
  /** Packages that it may import: a list, or `any` (then `electron` is still refused). */
  readonly packages: readonly string[] | 'any';
  /** Whether Node's own modules may be imported. */
  readonly node: boolean;
};

const PURE = ['shared/domain', 'shared/contracts'];

export const FOLDER_RULES: readonly FolderRule[] = [
  { folder: 'shared/domain', local: PURE, packages: ['zod'], node: false },
  { folder: 'shared/contracts', local: PURE, packages: ['zod'], node: false },
  { folder: 'shared/audit', local: [...PURE, 'shared/audit'], packages: ['canonicalize', 'kysely', 'zod'], node: true },
  { folder: 'shared/store', local: [...PURE, 'shared/store'], packages: ['kysely', 'pg', 'zod'], node: true },
  {
    folder: 'shared/log',
    local: [...PURE, 'shared/log', 'shared/audit', 'shared/store'],
    packages: ['kysely', 'zod'],
    node: true,
  },
  { folder: 'shared/network', local: [...PURE, 'shared/network'], packages: ['undici', 'zod'], node: true },
  {
    folder: 'shared/sinks',
    local: [...PURE, 'shared/sinks', 'shared/log', 'shared/audit', 'shared/store', 'shared/network'],
    packages: ['kysely', 'undici', 'zod'],
    node: true,
  },
  { folder: 'shared/device', local: [...PURE, 'shared/device'], packages: ['canonicalize', 'jose', 'zod'], node: true },
  {
    folder: 'shared/client',
    local: [...PURE, 'shared/client', 'shared/device'],
    packages: ['eventsource-parser', 'jose', 'zod'],
    node: true,
  },
  { folder: 'shared/port', local: [...PURE, 'shared/port'], packages: ['zod'], node: true },
  { folder: 'broker', local: ['broker', 'shared'], packages: 'any', node: true },
  {
    folder: 'renderer',
    local: ['renderer', ...PURE],
    packages: ['react', 'react-dom', 'react-aria-components', 'lucide-react', '@fontsource-variable/inter'],
    node: false,
  },
  { folder: 'cli', local: ['cli', 'shared'], packages: 'any', node: true },
  { folder: 'electron/agent', local: ['electron/agent', 'shared'], packages: 'any', node: true },
  { folder: 'electron/shell', local: ['electron', 'shared'], packages: 'any', node: true },
  { folder: 'electron/preload.ts', local: PURE, packages: ['electron', 'zod'], node: false },
  { folder: 'electron', local: ['electron', 'shared'], packages: 'any', node: true },
];

/** Single edges that the folder rules would refuse. */
export const ALLOWED_EDGES: readonly { readonly from: string; readonly to: string }[] = [
  // The composition root starts the embedded broker's worker.
  { from: 'electron/main.ts', to: 'broker/worker.ts' },
  // The version that records and metrics name.
  { from: 'broker/version.ts', to: 'package.json' },
];

/** The only places where the module 'electron' may be imported. */
export const ELECTRON_IMPORTERS = ['electron/shell', 'electron/preload.ts'] as const;

/** All of a module, only these `names` of it, or all `except` these. The module object as a whole always counts. */
export type GivingModule = {
  readonly module: string;
  readonly names?: readonly string[];
  readonly except?: readonly string[];
};

export type Capability = {
  readonly name: string;
  /** Modules that give it. */
  readonly modules: readonly GivingModule[];
  /** Global names that give it, as `fetch` or `process.env`. */
  readonly globals: readonly string[];
  /** The one file per runtime folder that may hold it. */
  readonly owners: readonly string[];
};

export const CAPABILITIES: readonly Capability[] = [
  {
    name: 'keychain',
    modules: [{ module: '@napi-rs/keyring' }, { module: 'keytar' }],
    globals: [],
    owners: ['electron/agent/keychain.ts'],
  },
  {
    name: 'ipcMain',
    modules: [{ module: 'electron', names: ['ipcMain'] }],
    globals: [],
    owners: ['electron/shell/ipc.ts'],
  },
  {
    name: 'ipcRenderer',
    modules: [{ module: 'electron', names: ['ipcRenderer'] }],
    globals: [],
    owners: ['electron/preload.ts'],
  },
  {
    name: 'clipboard',
    modules: [{ module: 'electron', names: ['clipboard'] }],
    globals: ['navigator.clipboard'],
    owners: ['electron/shell/clipboard.ts'],
  },
  {
    name: 'outgoing network',
    modules: [
      { module: 'undici', except: ['errors'] },
      { module: 'node:http', names: ['request', 'get', 'Agent', 'ClientRequest'] },
      { module: 'node:https', names: ['request', 'get', 'Agent'] },
      { module: 'node:http2', names: ['connect'] },
      { module: 'node:net', names: ['connect', 'createConnection', 'Socket'] },
      { module: 'node:tls' },
      { module: 'node:dgram' },
      { module: 'electron', names: ['net'] },
    ],
    globals: ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'],
    owners: [
      'broker/gateway/upstream-connections.ts',
      // The issuer's discovery document and keys: before anybody is known, and never what a caller names.
      'broker/identity/oidc/issuer-fetch.ts',
      // Opens the sockets of the next and of the desktop's; neither chooses what it trusts.
      'shared/network/checked-connector.ts',
      'shared/sinks/send.ts',
      // Only made here: `pg` connects it to the database that the configuration names.
      'shared/store/gathering-socket.ts',
      'electron/agent/connection/https-fetch.ts',
      'cli/socket-client.ts',
    ],
  },
  {
    name: 'child processes',
    modules: [{ module: 'node:child_process' }, { module: 'node:cluster' }, { module: 'execa' }],
    globals: [],
    // Windows tells who owns a file to a program only: without it the managed settings could be anybody's.
    owners: ['electron/agent/run-tool.ts', 'electron/shell/windows-acl.ts', 'cli/run.ts'],
  },
  {
    name: 'environment',
    modules: [{ module: 'node:process', names: ['env'] }],
    globals: ['process.env'],
    owners: ['broker/config/environment.ts', 'electron/agent/environment.ts', 'cli/environment.ts'],
  },
  {
    name: 'modules by another door',
    modules: [{ module: 'node:module' }, { module: 'node:vm' }],
    globals: ['process.getBuiltinModule', 'process.binding', 'process.dlopen', 'eval', 'Function', 'require'],
    owners: [],
  },
];

/** The one file per runtime folder that may read the wall clock. */
export const CLOCK_OWNERS = [
  'broker/clock.ts',
  'electron/agent/clock.ts',
  'renderer/clock.ts',
  'cli/clock.ts',
] as const;

/** Folders that ship. Everything else (build, test, examples) may use any capability. */
export const PRODUCT_FOLDERS = ['shared', 'broker', 'electron', 'renderer', 'cli'] as const;
