// Tables of the gateway.
export type GatewayTables = Record<never, never>;
