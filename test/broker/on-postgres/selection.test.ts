// The tests that say most about a store, on PostgreSQL too: states and races of access, proofs, ledger, desktops' logs.
// All others: `npm test -- --store postgres test/broker`.
import '#test/support/on-postgres.ts';
import '../access/collect-lost-reply-replay-and-second-device.test.ts';
import '../access/end.test.ts';
import '../access/submit.test.ts';
import '../desktops/append.test.ts';
import '../http/device-proofs.test.ts';
import '../ledger/ledger.test.ts';
