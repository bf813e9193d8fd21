// `npm run torture -- team|audit [options] [--json]`: real processes are killed and hindered while they work, and
// everything is checked afterwards. Each has a file of its own in `build/torture/`, which says its options.
const [what] = process.argv.slice(2);
switch (what) {
  case 'team':
    await import('./torture/team.ts');
    break;
  case 'audit':
    await import('./torture/audit.ts');
    break;
  default:
    console.error(`usage: npm run torture -- team [--kills N | --crowd SECONDS | --outage SECONDS] [--json]
       npm run torture -- audit [--kills N] [--desktops N] [--store sqlite|postgres] [--seed N] [--json]`);
    process.exit(1);
}
