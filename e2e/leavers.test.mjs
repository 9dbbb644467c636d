// Somebody leaves: what they could use is listed for rotation, and done with the password. An account that nobody owns
// any more gets an Owner. Each page is accessible and fits a phone.

import { expectAccessible, expectEventually, expectNarrow, journeys, openConsole, picture, signIn } from './support.mjs';

const KENJI = 'kenji.watanabe@brightfold.example';
const NOOR = 'noor.haddad@brightfold.example';
const PRIYA = 'priya.raman@brightfold.example';
const TOMASZ = 'tomasz.kowalski@brightfold.example';

const journey = journeys();

async function look(page, name) {
  await picture(page, name);
  await expectAccessible(page);
  await expectNarrow(page);
}

async function openMember(page, demo, name) {
  await page.goto(`${demo.keytile}/members`);
  await page.getByRole('main').getByRole('link', { name }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

journey('a leaver is out, and an account owner rotates what they could use', async ({ demo, person }) => {
  const admin = await person(KENJI);
  const tomasz = await person(TOMASZ);
  await tomasz.goto(`${demo.keytile}/accounts`);
  await tomasz.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor();
  await admin.goto(`${demo.keytile}/members`);
  await look(admin, 'members-all');

  await openMember(admin, demo, 'Tomasz Kowalski');
  await look(admin, 'member');
  await admin.getByRole('button', { name: 'Deactivate' }).click();
  const dialog = admin.getByRole('dialog', { name: 'Deactivate this member?' });
  await dialog.getByRole('button', { name: 'Deactivate' }).click();
  await admin.getByText('An admin has removed them').waitFor();
  await look(admin, 'member-removed');
  await admin.getByRole('link', { name: 'History' }).click();
  await admin.getByText('because they left').first().waitFor();
  await look(admin, 'member-history');

  // His session ended with the answer.
  await tomasz.goto(`${demo.keytile}/accounts`);
  await tomasz.getByRole('heading', { name: 'Sign in' }).waitFor();

  await openRotations(admin, demo);
  await look(admin, 'rotations-open');
  const noor = await person(NOOR);
  await openRotations(noor, demo);
  const shop = noor.getByRole('main').getByRole('listitem').filter({ hasText: 'Shop window' });
  await shop.getByText('team Marketing').waitFor();
  await shop.getByRole('button', { name: 'Sessions at the site ended' }).click();
  await shop.getByText('Sessions at the site ended').waitFor();
  await shop.getByRole('button', { name: 'Mark rotated' }).click();
  await noor.getByText('Marked as rotated.').waitFor();
  await noor.getByRole('link', { name: 'Done', exact: true }).click();
  await noor.getByText('Marked as rotated by Noor Haddad').waitFor();
  await look(noor, 'rotations-done');
});

async function openRotations(page, demo) {
  await page.goto(`${demo.keytile}/accounts`);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Rotations' }).click();
  await page.getByRole('heading', { level: 1, name: 'Rotations' }).waitFor();
}

journey('an account without an Owner gets one, with the keyboard alone', async ({ demo, person }) => {
  const admin = await person(KENJI);
  await openMember(admin, demo, 'Samuel Mensah');
  await admin.getByRole('button', { name: 'Suspend' }).click();
  await admin.getByText('An admin has suspended them').waitFor();
  await admin.goto(`${demo.keytile}/accounts/ownerless`);
  const row = admin.getByRole('checkbox', { name: /^Freight desk/ });
  await row.waitFor();
  await look(admin, 'ownerless');
  await row.focus();
  await admin.keyboard.press('Space');
  await admin.getByRole('searchbox', { name: 'New Owner' }).fill('ingrid');
  const ingrid = admin.getByRole('radio', { name: /^Ingrid Solberg/ });
  await ingrid.waitFor();
  await ingrid.focus();
  await admin.keyboard.press('Space');
  await admin.getByRole('button', { name: 'Make Owner' }).focus();
  await admin.keyboard.press('Enter');
  await admin.getByText('The account has an Owner again.').waitFor();
  await row.waitFor({ state: 'detached' });
});

journey('what an Okta admin does to a person is felt here at once', async ({ demo, person, outsider }) => {
  const priya = await person(PRIYA);
  const isOut = () => expectEventually(priya.getByRole('heading', { name: 'Sign in' }));
  const console = await openConsole(await outsider(), demo);
  await console.getByRole('link', { name: 'Priya Raman' }).click();
  await console.getByRole('button', { name: 'Clear sessions & revoke tokens everywhere' }).click();
  await isOut();

  await priya.context().clearCookies();
  await signIn(priya, demo, PRIYA);
  await console.goto(`${demo.okta}/admin`);
  await console.getByRole('button', { name: 'Suspend Priya Raman' }).click();
  // SCIM is silent about it: the hook has Keytile look.
  await isOut();
  const admin = await person(KENJI);
  await openMember(admin, demo, 'Priya Raman');
  await admin.getByText('Suspended').first().waitFor();
  await look(admin, 'member-suspended');

  await console.goto(`${demo.okta}/admin`);
  await console.getByRole('button', { name: 'Unsuspend Priya Raman' }).click();
  await expectEventually(admin.getByRole('button', { name: 'Suspend' }));
  await priya.context().clearCookies();
  await signIn(priya, demo, PRIYA);
  await console.goto(`${demo.okta}/admin`);
  await console.getByRole('button', { name: 'Deactivate Priya Raman' }).click();
  await isOut();
  await openRotations(admin, demo);
  await admin.getByRole('main').getByRole('link', { name: 'Priya Raman' }).first().waitFor();
});
