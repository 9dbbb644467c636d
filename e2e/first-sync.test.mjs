// A thousand accounts are on their way into an org with the limits of a Workforce customer: what an admin sees meanwhile, and
// that whoever clicks does not wait for them.

import assert from 'node:assert/strict';
import { expectAccessible, expectNarrow, journeys, openAccount, openConnected, openDashboard, picture, tile } from './support.mjs';

const LUCIA = 'lucia.fernandez@brightfold.example';
const LEILANI = 'leilani.kahale@brightfold.example';
const AROHA = 'aroha.ngata@brightfold.example';

const journey = journeys(['--accounts', '1000', '--limits', 'workforce']);

journey('the queue tells how much waits, until about when, and within which limits', async ({ demo, person }) => {
  const page = await person(LUCIA);
  await page.goto(`${demo.keytile}/sync`);
  await page.getByRole('link', { name: 'Queue', exact: true }).click();
  const waiting = page.getByRole('region', { name: 'Waiting' });
  // It is told every ten seconds, and comes by itself.
  await waiting.getByText(/done at about \d\d:\d\d/).waitFor({ timeout: 60_000 });
  const [tiles] = (await waiting.innerText()).match(/\d+(?= tiles)/);
  assert(tiles > 100, `${tiles} tiles wait`);
  await waiting.getByRole('listitem').filter({ hasText: 'First sync' }).waitFor();
  await page.getByText(/\d+ of 50 calls a minute left/).waitFor();
  await expectAccessible(page);
  await expectNarrow(page);
  await picture(page, 'first sync');
  await page.getByRole('link', { name: 'Show all' }).click();
  await page.getByRole('heading', { level: 1, name: 'Tiles that wait' }).waitFor();
  await page.getByRole('listitem').filter({ hasText: 'Client' }).first().waitFor();
});

journey('an account that somebody extends meanwhile does not wait for the others', async ({ demo, person, outsider }) => {
  const page = await openAccount(await person(LEILANI), demo, 'Brand assets', 'Canva');
  await openConnected(page);
  await page.getByRole('button', { name: 'Sync', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Extend your account to Okta?' });
  await dialog.getByRole('button', { name: 'Extend account' }).click();
  // With the calls that are kept for people, or the first ones of Okta's next minute.
  await page.locator('#tile').getByText('Synced', { exact: true }).waitFor({ timeout: 90_000 });
  const aroha = await openDashboard(await outsider(), demo, AROHA);
  await tile(aroha, 'Brand assets - Canva').waitFor();
});
