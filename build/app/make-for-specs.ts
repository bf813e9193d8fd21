// `node make-for-specs.ts BROKER_FOLDER PAGE_FOLDER`: what a run of all specs makes once, into folders that are not there.
import { buildPage } from '#test/renderer/build-page.ts';
import { bundleBroker } from './bundle-broker.ts';

const [brokerFolder = '', pageFolder = ''] = process.argv.slice(2);
await bundleBroker(brokerFolder);
await buildPage(pageFolder);
