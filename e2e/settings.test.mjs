// Settings: the connection to Okta is tested, turned off and turned on again, by an admin.

import assert from 'node:assert/strict';
import { journeys, openAccount, openConnected } from './support.mjs';

const LUCIA = 'lucia.fernandez@brightfold.example';
const NOOR = 'noor.haddad@brightfold.example';

const journey = journeys();

journey('extending is turned off and on, and a wrong domain and a wrong token are told apart', async ({ demo, person }) => {
  const page = await person(LUCIA);
  await page.goto(`${demo.keytile}/settings`);
  const section = page.getByRole('region', { name: 'Extend accounts to Okta' });
  await section.getByText('On', { exact: true }).waitFor();
  await section.getByText('More options').click();
  await section.getByRole('button', { name: 'Turn off' }).click();
  const off = page.getByRole('dialog', { name: 'Turn off extended account access?' });
  await off.getByRole('button', { name: 'Turn off' }).click();
  await section.getByText('Off', { exact: true }).waitFor();

  // S5: nobody can extend now, and the section says whom to ask.
  const noor = await openAccount(await person(NOOR), demo, 'Contentzilla', 'TikTok');
  await openConnected(noor);
  await noor.getByText('Ask an admin to turn it on').waitFor();

  await section.getByRole('button', { name: 'Turn on' }).click();
  const dialog = page.getByRole('dialog', { name: 'Turn on extended account access?' });
  const answers = [
    await answer(dialog, `${demo.okta}/admin`, demo.okta_token),
    await answer(dialog, 'https://acme.example.com', demo.okta_token),
    await answer(dialog, demo.okta, `${demo.okta_token}x`),
    await answer(dialog, demo.okta, demo.okta_token),
  ];
  assert.equal(new Set(answers).size, answers.length, `each has its own answer:\n${answers.join('\n')}`);
  assert.match(answers[2], /token/i);

  await dialog.getByRole('button', { name: 'Turn on' }).click();
  await section.getByText('On', { exact: true }).waitFor();
  await noor.reload();
  await openConnected(noor);
  await noor.getByRole('button', { name: 'Sync', exact: true }).waitFor();
});

/** What "Test connection" says: of each check, whether it passed, and its words. */
async function answer(dialog, domain, token) {
  await dialog.getByLabel('IDP Domain').fill(domain);
  await dialog.getByLabel('API Token').fill(token);
  const page = dialog.page();
  const test = dialog.getByRole('button', { name: 'Test connection' });
  const answered = page.waitForResponse((response) => response.url().endsWith('/settings/okta/test'));
  await test.click();
  await answered;
  await dialog.getByRole('button', { name: 'Test connection', disabled: false }).waitFor();
  const checks = dialog.getByRole('list', { name: 'Connection test' }).getByRole('listitem');
  await checks.first().waitFor();
  const kinds = await checks.evaluateAll((all) => all.map((check) => check.className));
  return `${kinds}: ${(await checks.allInnerTexts()).join(' ')}`;
}
