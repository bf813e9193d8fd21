// `node make-for-specs.ts BROKER PAGE POSTGRES`: what a run of all specs makes once, into these folders that are not there.
import { buildPage } from '#test/renderer/build-page.ts';
import { makeCluster } from '#test/support/postgres.ts';
import { bundleBroker } from './bundle-broker.ts';

const [broker = '', page = '', postgres = ''] = process.argv.slice(2);
await bundleBroker(broker);
await buildPage(page);
await makeCluster(postgres);
