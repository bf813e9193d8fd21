import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVERY_KIND } from '#test/support/every-event.ts';
import { auditEventsPage } from '../../build/audit-events/page.ts';

const PAGE = path.resolve(import.meta.dirname, '../../docs/audit-events.md');

describe('docs/audit-events.md', () => {
  const page = readFileSync(PAGE, 'utf8');

  it('is what `npm run audit-events` writes', () => {
    expect(page === auditEventsPage(), 'run `npm run audit-events` and look at what changed').toBe(true);
  });

  it('has one section and one example of each kind, and every link leads to a heading', () => {
    const sections = [...page.matchAll(/^### (.+)$/gm)].map(([, title = '']) => title);
    expect(new Set(sections)).toEqual(new Set(EVERY_KIND.map(({ kind }) => kind)));
    expect(sections).toHaveLength(EVERY_KIND.length);
    expect(page.match(/^<details>/gm)).toHaveLength(EVERY_KIND.length);
    const anchors = new Set(
      [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        title.toLowerCase().replaceAll('.', '').replaceAll(' ', '-'),
      ),
    );
    const broken = [...page.matchAll(/\]\(#([^)]+)\)/g)].filter(([, anchor = '']) => !anchors.has(anchor));
    expect(broken).toEqual([]);
  });
});
