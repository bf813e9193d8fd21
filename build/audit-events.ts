// `npm run audit-events`: writes docs/audit-events.md, the page of all events, from types, map and samples.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { auditEventsPage } from './audit-events/page.ts';

writeFileSync(path.resolve(import.meta.dirname, '../docs/audit-events.md'), auditEventsPage());
