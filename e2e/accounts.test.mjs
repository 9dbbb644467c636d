// Accounts by themselves: add, change, delete; and the main job with the keyboard alone.

import assert from 'node:assert/strict';
import { journeys, openAccount, openDashboard, tabTo, tile } from './support.mjs';

const SAMUEL = 'samuel.mensah@brightfold.example';
const LEILANI = 'leilani.kahale@brightfold.example';

const journey = journeys();

journey('an account is added, changed, deleted and restored, and a bad address is named', async ({ demo, person }) => {
  const page = await person(SAMUEL);
  await page.getByRole('link', { name: 'Add account' }).click();
  await page.getByLabel('Account name').fill('Night shift');
  await page.getByLabel('App', { exact: false }).and(page.locator('[name=app_name]')).fill('Rota');
  await page.getByLabel('Login URL').fill('http://rota.example/login');
  await page.getByLabel('User name').fill('night@rota.example');
  await page.locator('[name=password]').fill('a-night-of-Owls-17');
  await page.getByRole('button', { name: 'Add account' }).click();
  await page.getByText(/https:\/\//).and(page.locator('.error')).waitFor();
  assert.equal(await page.getByLabel('Account name').inputValue(), 'Night shift', 'nothing is typed twice');

  await page.getByLabel('Login URL').fill('https://rota.example/login');
  await page.locator('[name=password]').fill('a-night-of-Owls-17');
  await page.getByRole('button', { name: 'Add account' }).click();
  await page.getByRole('heading', { level: 1, name: 'Night shift' }).waitFor();
  await page.getByText('night@rota.example').waitFor();
  assert(!(await page.content()).includes('a-night-of-Owls-17'), 'no password is part of a page');
  await page.getByRole('button', { name: 'Show the password' }).click();
  await page.getByText('a-night-of-Owls-17').waitFor();

  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel('Account name').fill('Day shift');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByRole('heading', { level: 1, name: 'Day shift' }).waitFor();

  await page.getByLabel('More about this account').click();
  await page.getByRole('button', { name: 'Delete account' }).click();
  const ask = page.getByRole('dialog', { name: 'Delete this account?' });
  await ask.getByRole('button', { name: 'Delete account' }).click();
  await page.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor();
  await page.goto(`${demo.keytile}/accounts?q=shift`);
  await page.getByRole('heading', { name: 'Nothing found' }).waitFor();

  await page.getByRole('main').getByRole('link', { name: 'Deleted accounts' }).click();
  await page.getByRole('button', { name: 'Restore Day shift' }).click();
  await page.getByRole('heading', { level: 1, name: 'Day shift' }).waitFor();
  await page.getByText(/^Day shift is back/).waitFor();
});

journey('an extended account that is deleted goes from the dashboard', async ({ demo, person, outsider }) => {
  const label = 'Freight desk - nordfracht.example';
  const ingrid = await openDashboard(await outsider(), demo, 'ingrid.solberg@brightfold.example');
  await tile(ingrid, label).waitFor();
  const page = await openAccount(await person(SAMUEL), demo, 'Freight desk', 'nordfracht.example');
  await page.getByLabel('More about this account').click();
  await page.getByRole('button', { name: 'Delete account' }).click();
  const ask = page.getByRole('dialog', { name: 'Delete this account?' });
  await ask.getByRole('button', { name: 'Delete account' }).click();
  await tile(ingrid, label).waitFor({ state: 'hidden' });
});

journey('two accounts of one name get tiles with a number', async ({ demo, outsider }) => {
  const noor = await openDashboard(await outsider(), demo, 'noor.haddad@brightfold.example');
  await tile(noor, 'Newsletter - Mailchimp').waitFor();
  const samuel = await openDashboard(await outsider(), demo, SAMUEL);
  await tile(samuel, 'Newsletter - Mailchimp (1)').waitFor();
});

journey('an account is extended with the keyboard alone', async ({ demo, person, outsider }) => {
  const page = await openAccount(await person(LEILANI), demo, 'Brand assets', 'Canva');
  await tabTo(page.locator('#connected > summary'));
  await page.keyboard.press('Enter');
  await tabTo(page.getByRole('button', { name: 'Sync', exact: true }));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Extend your account to Okta?' });
  await dialog.waitFor();
  await tabTo(dialog.getByRole('button', { name: 'Extend account' }));
  await page.keyboard.press('Enter');
  await page.locator('#tile').getByText('Synced', { exact: true }).waitFor();
  const aroha = await openDashboard(await outsider(), demo, 'aroha.ngata@brightfold.example');
  await tile(aroha, 'Brand assets - Canva').waitFor();
});
