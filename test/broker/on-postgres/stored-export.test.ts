// The queries of an export by time range are the database's own, so they run on PostgreSQL too.
import '#test/support/on-postgres.ts';
import '../ledger/stored-export.test.ts';
