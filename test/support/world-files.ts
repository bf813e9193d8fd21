// The configuration of test worlds: the solo example's catalog and policies, with more people than it has.

export const CONFIG = `
mode: embedded
store: sqlite:state/broker.sqlite
catalog: catalog.yaml
policies: policies
keys: { tokenWrapping: 'env:A', ledger: 'env:B', keyedHash: 'env:C', erasure: 'env:D' }
identity:
  embedded:
    users:
      - { name: ana, displayName: Ana Lima, roles: [data-scientist], teams: [vision], contractor: false, zoneinfo: Europe/Berlin }
      - { name: max, displayName: Max Roth, roles: [data-scientist], teams: [vision], contractor: false, zoneinfo: Europe/Berlin }
      - { name: jo, displayName: Jo Berg, roles: [approver], teams: [records], contractor: false, zoneinfo: Europe/Oslo }
      - { name: sam, displayName: Sam Okoye, roles: [approver], teams: [nlp], contractor: false, zoneinfo: Europe/London }
      - { name: sam2, displayName: Sam Okoye (ops), person: sam, roles: [approver], teams: [records], contractor: false, zoneinfo: Europe/London }
      - { name: ana2, displayName: Ana Lima (lead), person: ana, roles: [approver], teams: [records], contractor: false, zoneinfo: Europe/Berlin }
      - { name: kim, displayName: Kim Seo, roles: [analyst], teams: [vision], contractor: true, zoneinfo: Asia/Seoul }
      - { name: lee, displayName: Lee Novak, roles: [admin], teams: [security], contractor: false, zoneinfo: Europe/Prague, admin: true }
      - { name: eve, displayName: Eve Stone, roles: [visitor], teams: [nobody], contractor: false, zoneinfo: Europe/Paris }
      - { name: warehouse, displayName: Warehouse, kind: service, audiences: ['dataset:penguins'] }
    holidays: ['2026-12-25']
    device: { managed: true, diskEncrypted: true, country: DE }
gateway: { port: 0 }
rateLimits: { readsPerMinute: 1000000, requestsPerMinute: 1000000, answersPerMinute: 1000000, collectsPerMinute: 1000000, appendsPerMinute: 1000000 }
limits: { dryRunsPerMinute: 1000000, pendingPerSubject: 1000 }
`;
