// Which modules are packed beside the bundles instead of inside them. The bundler and the packager both read this list.

/** A native module, and wasm that its loader reads from its own folder. Everything else is inside the bundles of out/. */
const PACKED_MODULES = ['@napi-rs/keyring', '@cedar-policy/cedar-wasm'] as const;

/** Match an import of a packed module: by its name, or a path below it. */
export const PACKED_IMPORTS: readonly RegExp[] = PACKED_MODULES.map((name) => new RegExp(`^${name}(/|$)`));
