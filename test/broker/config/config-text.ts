// A configuration and a catalog that are right, for tests to break in one place.

export const CONFIG = `mode: embedded
store: sqlite:data/daypass.db
catalog: catalog.yaml
policies: policies
keys:
  tokenWrapping: file:keys/token-wrapping.key
  ledger: env:DAYPASS_LEDGER_KEY
  keyedHash: file:keys/keyed-hash.key
  erasure: keychain:daypass-erasure
identity:
  embedded:
    users:
      - name: ada
        displayName: Ada Lovelace
        roles: [scientist]
        teams: [research]
        zoneinfo: Europe/London
      - name: ada-admin
        displayName: Ada (admin)
        person: ada
        admin: true
    holidays: [2026-12-25]
    device: { managed: true, diskEncrypted: true, country: ES }
gateway:
  port: 4280
`;

export const CATALOG = `version: 1
resources:
  - id: dataset:penguins
    name: Palmer penguins
    sensitivity: internal
    owners: [research]
    actions:
      read: [{ methods: [GET], paths: ['/:file'] }]
    maxDuration: P7D
    upstream: { kind: folder, path: data/penguins }
  - id: model:words
    name: Words
    sensitivity: confidential
    owners: [research]
    actions:
      infer:
        - methods: [POST]
          paths: ['/v1/*']
    maxDuration: PT8H
    upstream:
      kind: http
      url: http://127.0.0.1:9000
      privateNetwork: true
      secret: { from: 'env:WORDS_SECRET' }
`;
