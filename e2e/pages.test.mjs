// Every main page: nothing serious under WCAG 2.2 AA in light and dark (U1), and nothing wider than a phone.

import assert from 'node:assert/strict';
import {
  expectAccessible,
  expectNarrow,
  journeys,
  openAccount,
  openConnected,
  openDashboard,
  picture,
  tile,
} from './support.mjs';

const AMARA = 'amara.okafor@brightfold.example';
const NOOR = 'noor.haddad@brightfold.example';

const journey = journeys();

async function look(page, name) {
  await picture(page, name);
  await expectAccessible(page);
  await expectNarrow(page);
}

journey('the pages of an Owner of the workspace are accessible and fit a phone', async ({ demo, person, outsider }) => {
  const stranger = await outsider();
  await stranger.goto(demo.keytile);
  await stranger.getByRole('heading', { name: 'Sign in' }).waitFor();
  await look(stranger, 'sign-in');

  const page = await person(AMARA);
  const links = page.getByRole('navigation', { name: 'Main' }).getByRole('listitem').getByRole('link');
  const pages = await links.evaluateAll((all) => all.map((link) => link.href));
  assert(pages.length >= 5, `${pages}`);
  const inside = ['/profile', '/settings/okta/credentials', '/settings/webhook', '/sync/requests', '/departures', '/restorations', '/accounts/ownerless', '/accounts/deleted'];
  for (const url of [...pages, ...inside.map((path) => demo.keytile + path)]) {
    const response = await page.goto(url);
    assert.equal(response?.status(), 200, url);
    await look(page, new URL(url).pathname);
  }
  const missing = await page.goto(`${demo.keytile}/nowhere`);
  assert.equal(missing?.status(), 404);
  await look(page, 'not-found');
});

journey('the pages of accounts, collections and teams are accessible and fit a phone', async ({ demo, person }) => {
  const page = await openAccount(await person(NOOR), demo, 'Shop window', 'Sample site');
  await openConnected(page);
  await look(page, 'account-extended');
  await page.getByRole('link', { name: 'Edit' }).click();
  await look(page, 'account-edit');
  await openAccount(page, demo, 'Contentzilla', 'Instagram');
  await openConnected(page);
  await page.getByRole('button', { name: 'Sync', exact: true }).click();
  await look(page, 'extend-dialog');
  await page.goto(`${demo.keytile}/collections`);
  await page.getByRole('main').getByRole('link', { name: 'Social media' }).click();
  await page.getByRole('heading', { level: 1, name: 'Social media' }).waitFor();
  await look(page, 'collection');
  await page.goto(`${demo.keytile}/teams`);
  await page.getByRole('main').getByRole('link', { name: 'Launch crew' }).click();
  await page.getByRole('heading', { level: 1, name: 'Launch crew' }).waitFor();
  await look(page, 'team');
});

journey('the launch page and its refusal are accessible and fit a phone', async ({ demo, outsider }) => {
  const noor = await openDashboard(await outsider(), demo, NOOR);
  const opened = noor.context().waitForEvent('page');
  await tile(noor, 'Shop window - Sample site').click();
  const launch = await opened;
  await launch.getByRole('heading', { name: 'Shop window' }).waitFor();
  await look(launch, 'launch');
  const amara = await openDashboard(await outsider(), demo, AMARA);
  await amara.goto(launch.url());
  await amara.getByRole('heading', { name: 'You don’t have access' }).waitFor();
  await look(amara, 'no-access');
});
