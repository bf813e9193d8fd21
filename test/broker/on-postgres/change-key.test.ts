// Says much about a store, so it runs on PostgreSQL too. A file each: what one does before each of its tests is not done
// before the others'. All of the broker's: `npm test -- --store postgres test/broker`.
import '#test/support/on-postgres.ts';
import '../desktops/change-key.test.ts';
