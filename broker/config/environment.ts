// The only file of the broker that sees the process environment. Read once: secrets by `env:NAME` come from here.
export const environment: Readonly<Record<string, string | undefined>> = { ...process.env };
