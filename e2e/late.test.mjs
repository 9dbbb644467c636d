// A tile that is clicked before the extension is there, or before it knows its server: the page waits, and goes on by itself.

import assert from 'node:assert/strict';
import test, { after, afterEach, before, beforeEach } from 'node:test';
import { setServer, startExtension } from './extension.mjs';
import { openDashboard, startDemo, tile } from './support.mjs';

const PRIYA = 'priya.raman@brightfold.example';

let demo, stop, extended;

before(async () => {
  ({ demo, stop } = await startDemo());
});
beforeEach(async () => {
  extended = await startExtension();
});
afterEach(async () => {
  await extended?.context.close();
});
after(async () => {
  await stop?.();
});

/** Clicks the tile, and waits until the page says that nobody took over; how often it is loaded from then on is noted. */
async function click(dashboard) {
  const opened = dashboard.context().waitForEvent('page');
  await tile(dashboard, 'Shop window - Sample site').click();
  const page = await opened;
  await page.getByText('Once it is there, this page goes on by itself.').waitFor();
  const loads = [];
  page.on('request', (request) => request.url().startsWith(`${demo.keytile}/launch/`) && loads.push(request.url()));
  return { page, loads };
}

test('a page that waits for the extension logs in once it is told of its server', async () => {
  const dashboard = await openDashboard(await extended.context.newPage(), demo, PRIYA);
  const [waits, over] = [await click(dashboard), await click(dashboard)];
  // What came to its end before is nobody's to begin again.
  await over.page.evaluate(() => (document.querySelector('#login').dataset.state = 'failed'));
  await setServer(extended, demo.keytile);
  await waits.page.getByRole('heading', { name: 'Welcome!' }).waitFor();
  assert.deepEqual([waits.loads, over.loads], [[], []], 'neither is loaded anew');
  assert(over.page.url().startsWith(`${demo.keytile}/launch/`));
});

test('a page whose ticket is over by then is loaded anew, once, and logs in', async () => {
  const dashboard = await openDashboard(await extended.context.newPage(), demo, PRIYA);
  const { page, loads } = await click(dashboard);
  // What half a minute makes of a ticket: the server does not know it any more.
  const over = (ticket) => document.querySelector('meta[name="keytile-ticket"]').setAttribute('content', ticket);
  await page.evaluate(over, 'A'.repeat(43));
  await setServer(extended, demo.keytile);
  await page.getByRole('heading', { name: 'Welcome!' }).waitFor();
  assert.equal(loads.length, 1);
});
