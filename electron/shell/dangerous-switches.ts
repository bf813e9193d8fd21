// What a packaged app refuses to be started with: a debugger, a traffic log, a proxy, weaker certificates. Pure.

type Refusal = { readonly name: string; readonly why: string };

/** Switches of Chromium and Node, without their dashes. A trailing `*` stands for any ending. */
const REFUSED_SWITCHES: readonly Refusal[] = [
  { name: 'remote-debugging-*', why: 'anybody on this machine could drive the window and read its state' },
  { name: 'remote-allow-origins', why: 'opens the debugging door to web pages' },
  { name: 'inspect*', why: "Node's debugger reads the memory of main, where a token passes" },
  { name: 'debug*', why: "old names of Node's debugger" },
  { name: 'js-flags', why: 'V8 flags can expose internals and write heap snapshots' },
  { name: 'log-net-log', why: 'writes all traffic, with headers, to a file' },
  { name: 'net-log-capture-mode', why: 'adds secrets to the traffic log' },
  { name: 'ssl-key-log-file', why: 'lets others decrypt traffic' },
  { name: 'proxy-*', why: 'leads traffic through somebody else' },
  { name: 'ignore-certificate-errors*', why: 'accepts forged certificates' },
  { name: 'allow-insecure-localhost', why: 'accepts forged certificates' },
  { name: 'allow-running-insecure-content', why: 'lets plain HTTP into the window' },
  { name: 'unsafely-treat-insecure-origin-as-secure', why: 'gives plain HTTP the rights of a secure page' },
  { name: 'host-resolver-rules', why: 'sends a host name to another machine' },
  { name: 'host-rules', why: 'sends a host name to another machine' },
  { name: 'auth-server-allowlist', why: "sends the person's credentials to servers of somebody's choice" },
  { name: 'auth-negotiate-delegate-allowlist', why: "lends the person's credentials" },
  { name: 'disable-web-security', why: 'removes the wall between origins' },
  { name: 'disable-site-isolation-trials', why: 'puts several origins into one process' },
  { name: 'no-sandbox', why: 'a broken renderer would own the account' },
  { name: 'no-zygote*', why: 'starts the renderer without the process that confines it' },
  { name: 'allow-sandbox-debugging', why: 'a broken renderer could be attached to' },
  { name: 'disable-*-sandbox', why: 'a broken helper process would own the account' },
  { name: 'disable-seccomp-filter-sandbox', why: 'a broken renderer could call the whole kernel' },
  { name: 'single-process', why: 'the renderer would share memory with main' },
  { name: 'in-process-gpu', why: 'the graphics driver would share memory with main' },
  { name: 'load-extension', why: 'code of somebody else in the window' },
  { name: 'disable-extensions-except', why: 'code of somebody else in the window' },
  { name: 'browser-subprocess-path', why: 'starts the renderer from a program of somebody else' },
  { name: 'zygote-cmd-prefix', why: 'starts the renderer under a program of somebody else' },
  { name: 'renderer-cmd-prefix', why: 'starts the renderer under a program of somebody else' },
  { name: 'utility-cmd-prefix', why: 'starts a helper under a program of somebody else' },
  { name: 'gpu-launcher', why: 'starts a helper under a program of somebody else' },
  { name: 'ppapi-plugin-launcher', why: 'starts a helper under a program of somebody else' },
  { name: 'enable-logging', why: 'writes what the window prints to a file' },
  { name: 'log-file', why: 'writes what the window prints to a file' },
  { name: 'trace-*', why: 'writes what the app does to a file' },
  { name: 'wait-for-debugger*', why: 'holds a process until a debugger is attached' },
  { name: 'enable-heap-profiling', why: 'writes what is in memory to a file' },
  { name: 'enable-crash-reporter*', why: 'a crash dump holds memory' },
  { name: 'crash-dumps-dir', why: 'a crash dump holds memory' },
  { name: 'user-data-dir', why: 'moves the data past the settings of the organisation; --data is the way' },
  { name: 'app-path', why: 'loads another program in the name of this one' },
  { name: 'require', why: 'loads code before the app' },
  { name: 'import', why: 'loads code before the app' },
  { name: 'experimental-loader', why: 'loads code before the app' },
];

/** Variables that do the same; the fuses of a packaged app ignore the first two, and this says so loudly. */
const REFUSED_VARIABLES: readonly Refusal[] = [
  { name: 'ELECTRON_RUN_AS_NODE', why: 'runs the app as bare Node' },
  { name: 'NODE_OPTIONS', why: 'loads code before the app' },
  { name: 'ELECTRON_ENABLE_LOGGING', why: 'writes what the window prints' },
  { name: 'ELECTRON_LOG_FILE', why: 'writes what the window prints to a file' },
  { name: 'SSLKEYLOGFILE', why: 'lets others decrypt traffic' },
  { name: 'NODE_TLS_REJECT_UNAUTHORIZED', why: 'accepts forged certificates' },
  { name: 'NODE_EXTRA_CA_CERTS', why: 'trusts certificates of somebody else' },
  { name: 'NODE_V8_COVERAGE', why: 'writes what the app runs to a folder' },
  { name: 'NODE_DEBUG', why: 'prints what Node does, headers included' },
];

type Start = {
  /** All arguments, Node's own included. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether Chromium's command line has a switch, also one that never was in `argv`. */
  readonly hasSwitch: (name: string) => boolean;
};

/** The refused switches and variables of a start, by name only: their values may hold anything. */
export function refusedAtStart({ argv, environment, hasSwitch }: Start): readonly string[] {
  const switches = argv.flatMap(switchName).filter((given) => REFUSED_SWITCHES.some(({ name }) => covers(name, given)));
  const chromium = REFUSED_SWITCHES.filter(({ name }) => !name.includes('*') && hasSwitch(name)).map(
    ({ name }) => name,
  );
  const hidden = WHOLE_NAMES.filter(hasSwitch);
  const variables = REFUSED_VARIABLES.map(({ name }) => name).filter((name) => (environment[name] ?? '') !== '');
  return [...new Set([...switches, ...chromium, ...hidden].map((name) => `--${name}`)), ...variables];
}

/** What the patterns stand for, for asking Chromium, which knows whole names only. */
const WHOLE_NAMES = [
  'remote-debugging-port',
  'remote-debugging-pipe',
  'remote-debugging-address',
  'inspect',
  'inspect-brk',
  'proxy-server',
  'proxy-pac-url',
  'proxy-auto-detect',
  'proxy-bypass-list',
  'ignore-certificate-errors',
  'ignore-certificate-errors-spki-list',
  'disable-gpu-sandbox',
  'disable-setuid-sandbox',
  'disable-namespace-sandbox',
  'trace-startup',
  'no-zygote',
  'no-zygote-sandbox',
  'wait-for-debugger',
  'wait-for-debugger-children',
] as const;

function switchName(argument: string): readonly string[] {
  // Chromium on Windows also takes `/name`, everywhere `-name`; case does not matter there.
  const match = /^(?:--?|\/)([A-Za-z][A-Za-z0-9_-]*)(?:=|$)/.exec(argument);
  const name = match?.[1];
  return name === undefined ? [] : [name.toLowerCase().replaceAll('_', '-')];
}

function covers(pattern: string, name: string): boolean {
  const [start = '', end] = pattern.split('*');
  if (end === undefined) return name === pattern;
  return name.length >= start.length + end.length && name.startsWith(start) && name.endsWith(end);
}
