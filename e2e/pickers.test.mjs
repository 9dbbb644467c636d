// Choosing a person, a team or an account: by keyboard, at once, on a phone, and without script.

import assert from 'node:assert/strict';
import { expectAccessible, expectNarrow, journeys, openAccount, picture, tabTo } from './support.mjs';

const NOOR = 'noor.haddad@brightfold.example';
const LEILANI = 'leilani.kahale@brightfold.example';

const journey = journeys();

journey('an account is shared with the keyboard alone, however fast one types', async ({ demo, person }) => {
  const page = await openAccount(await person(NOOR), demo, 'Contentzilla', 'Instagram');
  await tabTo(page.getByRole('button', { name: 'Share', exact: true }));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Share access' });
  const search = dialog.getByLabel('Person or team');
  await isFocused(search);

  // Escape changes nothing.
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await isFocused(page.getByRole('button', { name: 'Share', exact: true }));

  // What was typed counts, and not what was shown when Enter was pressed.
  await page.keyboard.press('Enter');
  await isFocused(search);
  await page.keyboard.type('ingrid');
  await page.keyboard.press('Enter');
  const ingrid = dialog.getByRole('radio', { name: 'Ingrid Solberg' });
  await isFocused(ingrid);
  assert(await ingrid.isChecked());
  assert.equal(await dialog.getByRole('radiogroup', { name: 'Found' }).getByRole('radio').count(), 1);

  // The arrows walk through what was found.
  await search.fill('a');
  await dialog.getByRole('radio', { name: 'Amara Okafor' }).waitFor();
  await search.press('ArrowDown');
  const found = dialog.getByRole('radiogroup', { name: 'Found' }).getByRole('radio');
  await isFocused(found.first());
  await page.keyboard.press('ArrowDown');
  await isFocused(found.nth(1));
  await page.keyboard.press('ArrowUp');
  await isFocused(found.first());

  await search.fill('ingrid');
  await search.press('Enter');
  await isFocused(ingrid);
  await page.keyboard.press('Enter');
  await listed(page, 'Who has access', 'Ingrid Solberg').waitFor();
});

journey('who is not there cannot be chosen, and nothing is sent without a choice', async ({ demo, person }) => {
  const page = await openAccount(await person(NOOR), demo, 'Contentzilla', 'TikTok');
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Share access' });
  await dialog.getByLabel('Person or team').fill('nobody of this name');
  await dialog.getByText('Nothing is called “nobody of this name”').waitFor();
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Choose a person or a team.').waitFor();
});

journey('a person joins a team, and an account a collection', async ({ demo, person }) => {
  const page = await person(NOOR);
  await page.goto(`${demo.keytile}/teams`);
  await page.getByRole('main').getByRole('link', { name: 'Launch crew' }).click();
  await page.getByRole('button', { name: 'Add a person' }).click();
  const team = page.getByRole('dialog', { name: 'Add a person' });
  await look(page, 'add-a-person');
  await team.getByLabel('Person').fill('mateo');
  await team.getByRole('radio', { name: 'Mateo Quispe' }).check();
  await team.getByRole('button', { name: 'Add', exact: true }).click();
  await listed(page, 'Members', 'Mateo Quispe').waitFor();

  await page.goto(`${demo.keytile}/collections`);
  await page.getByRole('main').getByRole('link', { name: 'Social media' }).click();
  await page.getByRole('button', { name: 'Add an account' }).click();
  const collection = page.getByRole('dialog', { name: 'Add an account' });
  await look(page, 'add-an-account');
  await collection.getByLabel('An account that you own').fill('shop');
  await collection.getByRole('radio', { name: 'Shop window' }).check();
  await collection.getByRole('button', { name: 'Add', exact: true }).click();
  await listed(page, 'Accounts', 'Shop window').waitFor();
});

journey('an account is shared without script', async ({ demo, person }) => {
  const page = await person(LEILANI, { javaScriptEnabled: false });
  await openAccount(page, demo, 'Brand assets', 'Canva');
  await page.getByRole('link', { name: 'Share' }).click();
  await page.getByLabel('Person or team').fill('kenji');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByRole('radio', { name: 'Kenji Watanabe' }).check();
  await page.getByRole('button', { name: 'Confirm' }).click();
  await listed(page, 'Who has access', 'Kenji Watanabe').waitFor();
});

function listed(page, region, name) {
  return page.getByRole('region', { name: region }).getByRole('listitem').filter({ hasText: name });
}

/** Waits until something has the focus. */
function isFocused(locator) {
  return locator.and(locator.page().locator(':focus')).waitFor();
}

async function look(page, name) {
  await picture(page, name);
  await expectAccessible(page);
  await expectNarrow(page);
}
