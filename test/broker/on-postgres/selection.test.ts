// The tests that say most about a store, on PostgreSQL too: states and races of access, proofs, ledger, desktops' logs,
// restores and what needs two people.
// All others: `npm test -- --store postgres test/broker`.
import '#test/support/on-postgres.ts';
import '../access/collect-lost-reply-replay-and-second-device.test.ts';
import '../access/end.test.ts';
import '../access/submit.test.ts';
import '../desktops/append.test.ts';
import '../http/device-proofs.test.ts';
import '../ledger/ledger.test.ts';
import '../oversight/two-people.test.ts';
import '../restore/restored-backup.test.ts';
