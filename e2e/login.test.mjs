// One click and logged in: a tile on Okta's dashboard, the extension, and the sample site with its three steps.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import { setServer, startExtension } from './extension.mjs';
import {
  expectAccessible,
  openAccount,
  openDashboard,
  picture,
  signIn,
  startBrowser,
  startDemo,
  tile,
} from './support.mjs';

const NOOR = 'noor.haddad@brightfold.example';
const PRIYA = 'priya.raman@brightfold.example';
const TILE = 'Shop window - Sample site';

const story = JSON.parse(
  readFileSync(new URL('../crates/demo/src/workspace.json', import.meta.url), 'utf8'),
);
const secrets = story.accounts.find(({ name }) => name === 'Shop window');

let demo, stop, browser, extended;
/** Where the tile leads, once it was clicked. */
let launchUrl;

before(async () => {
  ({ demo, stop } = await startDemo());
  browser = await startBrowser();
  extended = await startExtension();
  const options = await setServer(extended, demo.keytile);
  await expectAccessible(options);
  await options.close();
});
after(async () => {
  await extended?.context.close();
  await browser?.close();
  await stop?.();
});

/** Everything that Keytile's and Okta's pages were sent or sent themselves, while a journey walks. */
function listen(context) {
  const said = [];
  const ours = (url) => url.startsWith(demo.keytile) || url.startsWith(demo.okta);
  context.on('request', (request) => ours(request.url()) && said.push(request.url() + (request.postData() ?? '')));
  context.on('response', async (response) => {
    if (ours(response.url())) said.push(await response.text().catch(() => ''));
  });
  return said;
}

/** Clicks the tile and waits until the sample site says welcome, in the tab that the click opened. */
async function click(dashboard) {
  const opened = dashboard.context().waitForEvent('page');
  const launched = dashboard.context().waitForEvent('request', (request) => {
    return request.url().startsWith(`${demo.keytile}/launch/`);
  });
  await tile(dashboard, TILE).click();
  launchUrl = (await launched).url();
  const page = await opened;
  await page.getByRole('heading', { name: /welcome|you are in/i }).waitFor();
  assert.equal(new URL(page.url()).origin, new URL(demo.site).origin);
  return page;
}

test('a Collaborator clicks a tile and is logged in through three steps, without having seen a secret', async () => {
  const said = listen(extended.context);
  const dashboard = await openDashboard(await extended.context.newPage(), demo, PRIYA);
  await tile(dashboard, TILE).waitFor();
  const page = await click(dashboard);
  const plan = await extended.concluded();
  assert.equal(plan.outcome, 'logged_in');
  assert.deepEqual(plan.releases, { username: 1, password: 1, code: 1 });
  for (const secret of [secrets.password, secrets.totp]) {
    assert(!said.some((text) => text.includes(secret)), 'a secret went through a page');
  }
  assert(said.some((text) => text.includes('Shop window')), 'pages were listened to');
  await page.close();
});

test('no request that reached Okta carries a secret', async () => {
  const traffic = await (await fetch(`${demo.site}/traffic.json`)).text();
  assert(traffic.includes(TILE), 'requests are recorded');
  for (const secret of [secrets.username, secrets.password, secrets.totp]) assert(!traffic.includes(secret));
});

test('the login survives the death of the worker at every page of the site', async () => {
  const devtools = await extended.context.newCDPSession(extended.desk);
  let worker;
  let deaths = 0;
  devtools.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
    worker = versions.find(({ scriptURL }) => scriptURL.includes(extended.id)) ?? worker;
  });
  await devtools.send('ServiceWorker.enable');
  const dashboard = await extended.context.newPage();
  await dashboard.goto(`${demo.okta}/app/UserHome`);
  const kill = async (response) => {
    const ofSite = response.url().startsWith(demo.site) && response.request().isNavigationRequest();
    if (!ofSite || worker?.runningStatus !== 'running') return;
    deaths += 1;
    await devtools.send('ServiceWorker.stopWorker', { versionId: worker.versionId });
  };
  extended.context.on('response', kill);
  // Logged in already: the site has to forget this visitor first.
  await extended.context.clearCookies({ name: 'sample_visit' });
  const page = await click(dashboard);
  extended.context.off('response', kill);
  assert(deaths >= 3, `the worker died ${deaths} times`);
  assert.equal((await extended.concluded()).outcome, 'logged_in');
  await devtools.detach();
  await page.close();
});

test('the popup lists what Priya may use, without a way to copy it, and logs in', async () => {
  const popup = await extended.context.newPage();
  await popup.goto(extended.url('popup/popup.html'));
  await popup.getByRole('listitem').filter({ hasText: 'Shop window' }).waitFor();
  await expectAccessible(popup);
  await picture(popup, 'popup');
  assert.equal(await popup.getByRole('button', { name: /^Copy the password of Shop window/ }).count(), 0);
  await popup.getByLabel('Search your accounts').fill('nothing like this');
  await popup.getByText('No account fits').waitFor();
  await popup.getByLabel('Search your accounts').fill('shop');
  await extended.context.clearCookies({ name: 'sample_visit' });
  const opened = extended.context.waitForEvent('page');
  await popup.getByRole('button', { name: /^Log in to Shop window/ }).click();
  const page = await opened;
  await page.getByRole('heading', { name: 'Welcome!' }).waitFor();
  await page.close();
});

test('an Owner connects a browser, and copies from the popup without the page holding the secret', async () => {
  const own = await startExtension();
  try {
    await (await setServer(own, demo.keytile)).close();
    await own.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await signIn(await own.context.newPage(), demo, NOOR);
    await page.goto(`${demo.keytile}/extension/connect`);
    await page.getByText('This browser is connected.').waitFor();
    await page.goto(own.url('popup/popup.html'));
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    await page.getByRole('button', { name: 'Copy the password of Shop window' }).click();
    await page.getByText('The password is copied.').waitFor();
    assert.equal(await clipboard(), secrets.password);
    assert(!(await page.content()).includes(secrets.password));
    await page.getByRole('button', { name: 'Copy the code of Shop window' }).click();
    await page.getByText(/The code is copied, and good for \d+ s\./).waitFor();
    assert.match(await clipboard(), /^\d{6}$/);
  } finally {
    await own.context.close();
  }
});

test('the same click right after her share was removed is refused', async () => {
  await extended.context.clearCookies({ name: 'sample_visit' });
  const context = await browser.newContext();
  const noor = await openAccount(await signIn(await context.newPage(), demo, NOOR), demo, 'Shop window', 'Sample site');
  await noor.getByRole('button', { name: 'Remove access of Priya Raman' }).click();
  const ask = noor.getByRole('dialog', { name: 'Remove access?' });
  await ask.getByRole('button', { name: 'Remove access' }).click();
  await ask.waitFor({ state: 'hidden' });

  // Where the tile led: the tile itself is gone at about the same time.
  const page = await extended.context.newPage();
  await page.goto(launchUrl);
  await page.getByRole('heading', { name: 'You don’t have access' }).waitFor();
  assert.deepEqual(await extended.logins(), [], 'no login began');
  await context.close();
});
