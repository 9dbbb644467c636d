// The article, word by word: an Owner extends an account, colleagues see its tile, and every change
// follows on their dashboards without a click in Keytile. The journeys here build on one another.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  expectEventually,
  journeys,
  openAccount,
  openConnected,
  openConsole,
  openDashboard,
  tile,
} from './support.mjs';

const NOOR = 'noor.haddad@brightfold.example';
const PRIYA = 'priya.raman@brightfold.example';
const MATEO = 'mateo.quispe@brightfold.example';
const LEILANI = 'leilani.kahale@brightfold.example';
const TOMASZ = 'tomasz.kowalski@brightfold.example';
const AROHA = 'aroha.ngata@brightfold.example';
const TILE = 'Contentzilla - Instagram';

const story = JSON.parse(
  readFileSync(new URL('../crates/demo/src/workspace.json', import.meta.url), 'utf8'),
);
const journey = journeys();
/** Where the tile of Contentzilla leads, once it is known. */
let launchUrl;

journey('an Owner extends Contentzilla, sees who will see it, success, dates and names', async ({ demo, person }) => {
  const page = await person(NOOR);
  await openAccount(page, demo, 'Contentzilla', 'Instagram');
  await openConnected(page);

  // S28: the dialog names who will see the tile and who will not, and why. Escape does nothing.
  const sync = page.getByRole('button', { name: 'Sync', exact: true });
  await sync.click();
  const dialog = page.getByRole('dialog', { name: 'Extend your account to Okta?' });
  await dialog.getByRole('heading', { name: '5 people will see it' }).waitFor();
  const text = await dialog.innerText();
  for (const name of ['Noor', 'Priya', 'Tomasz', 'Leilani', 'Aroha']) assert(text.includes(name), name);
  const hidden = await dialog.getByRole('listitem').allInnerTexts();
  const reasons = [
    ['Jonas Weber', /Login-only/],
    ['Chloé Tremblay', /Guest/],
    ['Dinh Van An', /external id/i],
    ['Fatima Benali', /suspended/i],
  ];
  for (const [name, reason] of reasons) {
    assert.match(hidden.find((row) => row.includes(name)) ?? `${name} is not named`, reason);
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });

  await sync.click();
  await dialog.getByRole('button', { name: 'Extend account' }).click();
  await dialog.waitFor({ state: 'hidden' });
  const status = page.locator('#tile');
  await status.getByText('Synced', { exact: true }).waitFor();

  // S31, S32: a success message; the dates, and who did it.
  await page.getByRole('status').filter({ hasText: TILE }).waitFor();
  await status.getByText('by Noor Haddad').waitFor();
  const dates = await status.locator('time').evaluateAll((all) => all.map((time) => time.dateTime));
  assert.equal(dates.length, 2, 'extended, and last synced');
  assert(dates.every((date) => !Number.isNaN(Date.parse(date))), `${dates}`);
});

journey('a Collaborator sees the tile and lands on the launch page as herself; an outsider does not', async ({ demo, outsider }) => {
  const priya = await openDashboard(await outsider(), demo, PRIYA);
  const opened = priya.context().waitForEvent('page');
  await tile(priya, TILE).click();
  const launch = await opened;
  await launch.getByRole('heading', { name: 'Contentzilla' }).waitFor();
  await launch.getByText('Priya Raman').waitFor();
  await launch.getByText(/browser extension takes over/).waitFor();
  launchUrl = launch.url();
  assert.match(launchUrl, new RegExp(`^${demo.keytile}/launch/`));

  const mateo = await openDashboard(await outsider(), demo, MATEO);
  await tile(mateo, 'Support inbox - Zendesk').waitFor();
  assert.equal(await tile(mateo, TILE).count(), 0, 'an outsider has no tile');
  await mateo.goto(launchUrl);
  await mateo.getByRole('heading', { name: 'You don’t have access' }).waitFor();
  const page = await mateo.content();
  assert(!page.includes('Contentzilla') && !page.includes('Instagram'), 'nothing is told of it');
});

journey('who is no longer shared with loses the tile, and a new name shows, without a click', async ({ demo, person, outsider }) => {
  const priya = await openDashboard(await outsider(), demo, PRIYA);
  const aroha = await openDashboard(await outsider(), demo, AROHA);
  await tile(priya, TILE).waitFor();
  await tile(aroha, TILE).waitFor();

  const noor = await openAccount(await person(NOOR), demo, 'Contentzilla', 'Instagram');
  await noor.getByRole('button', { name: 'Remove access of Priya Raman' }).click();
  const ask = noor.getByRole('dialog', { name: 'Remove access?' });
  await ask.getByRole('button', { name: 'Remove access' }).click();
  await tile(priya, TILE).waitFor({ state: 'hidden' });
  await priya.goto(launchUrl);
  await priya.getByRole('heading', { name: 'You don’t have access' }).waitFor();
  assert(await tile(aroha, TILE).isVisible(), 'who has another path keeps it');

  await noor.getByRole('link', { name: 'Edit' }).click();
  await noor.getByLabel('Account name').fill('Contentzilla Studio');
  await noor.getByRole('button', { name: 'Save changes' }).click();
  await tile(aroha, 'Contentzilla Studio - Instagram').waitFor();
  await tile(aroha, TILE).waitFor({ state: 'hidden' });

  await openAccount(noor, demo, 'Contentzilla Studio', 'Instagram');
  await noor.getByRole('link', { name: 'Edit' }).click();
  await noor.getByLabel('Account name').fill('Contentzilla');
  await noor.getByRole('button', { name: 'Save changes' }).click();
  await tile(aroha, TILE).waitFor();
});

journey('who leaves a group of Okta, or Okta itself, loses the tile', async ({ demo, person, outsider }) => {
  const leilani = await openDashboard(await outsider(), demo, LEILANI);
  await tile(leilani, TILE).waitFor();
  const admin = await openConsole(await outsider(), demo);
  await admin.getByRole('link', { name: 'Groups', exact: true }).click();
  await admin.getByRole('link', { name: 'Marketing' }).click();
  await admin.getByRole('button', { name: 'Remove Leilani Kahale' }).click();
  await tile(leilani, TILE).waitFor({ state: 'hidden' });

  await admin.getByLabel('Person to add').selectOption({ label: `Leilani Kahale · ${LEILANI}` });
  await admin.getByRole('button', { name: 'Add member' }).click();
  await tile(leilani, TILE).waitFor();

  const tomasz = await person(TOMASZ);
  await admin.getByRole('link', { name: 'People', exact: true }).click();
  await admin.getByRole('button', { name: 'Deactivate Tomasz Kowalski' }).click();
  // Keytile has heard of it once his session is over.
  await expectEventually(tomasz.getByRole('heading', { name: 'Sign in' }));
  const noor = await openAccount(await person(NOOR), demo, 'Contentzilla', 'Instagram');
  assert(!(await noor.content()).includes('Tomasz'), 'he cannot use it any more');
  await admin.getByRole('link', { name: 'Applications', exact: true }).click();
  await tile(admin, TILE).click();
  await admin.getByRole('heading', { name: 'Assignments' }).waitFor();
  assert.equal(await admin.getByRole('row').filter({ hasText: TOMASZ }).count(), 0, 'nor is he assigned');
});

journey('an Owner syncs by hand what was changed in Okta, and removes the tile for everyone', async ({ demo, person, outsider }) => {
  const aroha = await openDashboard(await outsider(), demo, AROHA);
  const admin = await openConsole(await outsider(), demo);
  await admin.getByRole('link', { name: 'Applications', exact: true }).click();
  await tile(admin, TILE).click();
  await admin.getByLabel('Application label').fill('Something else');
  await admin.getByRole('button', { name: 'Rename' }).click();
  await tile(aroha, 'Something else').waitFor();

  const noor = await openAccount(await person(NOOR), demo, 'Contentzilla', 'Instagram');
  await openConnected(noor);
  await noor.getByText('More options').click();
  await noor.getByRole('button', { name: 'Sync account manually' }).click();
  const ask = noor.getByRole('dialog', { name: 'Sync account manually?' });
  await ask.getByRole('button', { name: 'Sync account', exact: true }).click();
  await tile(aroha, TILE).waitFor();
  await noor.locator('#tile').getByText('Synced', { exact: true }).waitFor();

  const remove = async () => {
    await noor.getByText('More options').click();
    await noor.getByRole('button', { name: 'Remove from Okta' }).click();
    const sure = noor.getByRole('dialog', { name: 'Remove extended account?' });
    await sure.getByRole('button', { name: 'Yes, remove extended account' }).click();
    await tile(aroha, TILE).waitFor({ state: 'hidden' });
  };
  await noor.reload();
  await remove();
  // S38: the account stays, and can be extended again, with the keyboard as well.
  await noor.locator('#tile').getByRole('button', { name: 'Sync', exact: true }).press('Enter');
  const again = noor.getByRole('dialog', { name: 'Extend your account to Okta?' });
  await again.getByRole('button', { name: 'Extend account' }).press('Enter');
  await tile(aroha, TILE).waitFor();
  await noor.locator('#tile').getByText('Synced', { exact: true }).waitFor();
  assert(await noor.evaluate(() => document.activeElement?.closest('#tile') !== null), 'the focus stays');
  await remove();
  await noor.locator('#tile').getByRole('button', { name: 'Sync', exact: true }).waitFor();
  await admin.getByRole('link', { name: 'Applications', exact: true }).click();
  assert.equal(await tile(admin, TILE).count(), 0, 'the app is gone');
});

journey('no request that reached Okta carries a secret', async ({ demo }) => {
  // S41. All of the demo's traffic: the seeding, and the journeys above.
  const traffic = await (await fetch(`${demo.site}/traffic.json`)).json();
  assert(traffic.length > 50, `${traffic.length} requests`);
  assert(traffic.some(({ body }) => body.includes(TILE)), 'bodies are recorded');
  const said = traffic.map((request) => JSON.stringify(request)).join('\n');
  const secrets = story.accounts.flatMap((account) => [
    account.username,
    account.password,
    account.totp,
    account.notes,
    account.login_url.replace('{site}', demo.site),
  ]);
  for (const secret of secrets.filter(Boolean)) {
    const quoted = JSON.stringify(secret).slice(1, -1);
    const shapes = [quoted, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
    for (const shape of shapes) assert(!said.includes(shape), `Okta was told ${secret}`);
  }
});
