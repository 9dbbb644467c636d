// On every computer of a company: the text that this server's page gives for a policy installs the extension from this server,
// signed by its key, with its address, and one click logs in.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test, { after, before } from 'node:test';
import { cannotBeManaged, startManaged, startUnderPolicy } from './managed.mjs';
import { expectAccessible, openDashboard, PATIENCE, picture, signIn, startBrowser, startDemo, tile } from './support.mjs';

const NOOR = 'noor.haddad@brightfold.example';
const PRIYA = 'priya.raman@brightfold.example';

const skip = cannotBeManaged();
let demo, stop, browser, page, managed, policy;

before(async () => {
  if (skip) return;
  ({ demo, stop } = await startDemo());
  browser = await startBrowser();
  page = await signIn(await browser.newPage(), demo, NOOR);
  await page.goto(`${demo.keytile}/extension`);
});
after(async () => {
  await managed?.stop();
  await browser?.close();
  await stop?.();
});

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

test('what an admin downloads is the package under a signature', { skip }, async () => {
  await expectAccessible(page);
  await picture(page, 'extension');
  const card = page.getByRole('region', { name: 'On every computer of a company' });
  const downloads = page.waitForEvent('download');
  await card.getByRole('link', { name: 'Download' }).click();
  const parts = await (await downloads).createReadStream().then((stream) => stream.toArray());
  const file = Buffer.concat(parts);
  assert.equal(file.subarray(0, 4).toString(), 'Cr24');
  const shown = await page.locator('main').innerText();
  assert(shown.includes(sha256(file)), 'the hash of the signed file is shown');
  const inside = file.subarray(12 + file.readUInt32LE(8));
  assert(shown.includes(sha256(inside)), 'and that of the package in it');
});

test('the text for a policy installs the extension from this server, with its address', { skip }, async () => {
  policy = await page.locator('#chrome-linux').textContent();
  const [id] = Object.keys(JSON.parse(policy).ExtensionSettings);
  managed = await startManaged(policy);
  assert.equal(managed.id, id);
  const { desk, context, url } = managed;
  assert.deepEqual(await desk.evaluate(() => globalThis.chrome.storage.managed.get(null)), { serverUrl: demo.keytile });
  const options = await context.newPage();
  await options.goto(url('options/options.html'));
  const address = options.getByLabel('Address');
  assert.equal(await address.inputValue(), demo.keytile);
  assert(!(await address.isEditable()), 'people cannot change it');
  await options.getByText('Set by your organisation.').waitFor();
  await picture(options, 'options-managed');
  await options.close();
});

test('one click on a tile logs in, in a browser that nobody has set up', { skip }, async () => {
  const dashboard = await openDashboard(await managed.context.newPage(), demo, PRIYA);
  const opened = managed.context.waitForEvent('page');
  await tile(dashboard, 'Shop window - Sample site').click();
  const site = await opened;
  await site.getByRole('heading', { name: 'Welcome!' }).waitFor();
  const plan = await managed.concluded();
  assert.equal(plan.outcome, 'logged_in');
  assert.deepEqual(plan.releases, { username: 1, password: 1, code: 1 });
});

test('a tile that is clicked before the policy comes logs in as soon as the extension is there', { skip }, async () => {
  const { context, manage, stop: end } = await startUnderPolicy();
  try {
    const dashboard = await openDashboard(await context.newPage(), demo, PRIYA);
    const opened = context.waitForEvent('page');
    await tile(dashboard, 'Shop window - Sample site').click();
    const site = await opened;
    await site.getByText('Once it is there, this page goes on by itself.').waitFor();
    await picture(site, 'launch-before-extension');
    await manage(policy);
    // The browser fetches the extension first, which takes it seconds.
    await site.getByRole('heading', { name: 'Welcome!' }).waitFor({ timeout: 4 * PATIENCE });
  } finally {
    await end();
  }
});
