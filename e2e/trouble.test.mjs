// What can go wrong around a login without the site's doing: the browser removed, its clock off, its end in the middle, an
// admin who has not approved it, a seed that is wrong. Each ends in a stated outcome, with nothing released after it.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { BOTH, PASSWORD, startLogins } from './logins.mjs';
import { form, WELCOME } from './site.mjs';
import { expectAccessible, expectEventually, picture, signIn, startBrowser } from './support.mjs';

/** How far the browser's clock is off, in milliseconds. */
const OFF = 10 * 60_000;

let logins, demo, extended, site, account, launch, sent, browser;

before(async () => {
  logins = await startLogins();
  ({ demo, extended, site, account, launch, sent } = logins);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await logins?.stop();
});

/** A site that asks for the user name first, and does something before it asks for the password. */
function twoSteps(path, between) {
  site.pages[path] = form(`${path}/name`, ['username']);
  site.pages[`${path}/name`] = async () => {
    await between();
    return form(`${path}/in`, ['password']);
  };
  site.pages[`${path}/in`] = WELCOME;
  return `${site.listed}${path}`;
}

test('a browser whose clock is ten minutes off learns the time, and logs in', async () => {
  const [worker] = extended.context.serviceWorkers();
  await worker.evaluate((off) => {
    const { now } = Date;
    Date.now = () => now() + off;
  }, OFF);
  site.pages['/clock'] = form('/clock/in');
  site.pages['/clock/in'] = WELCOME;
  const shop = await account('Clock', `${site.listed}/clock`);
  const page = await launch(shop);
  assert.equal((await extended.concluded(shop.id)).outcome, 'logged_in');
  assert.deepEqual(sent('/clock/in'), [BOTH]);
  const { clockOffset } = await extended.desk.evaluate(() => globalThis.chrome.storage.session.get('clockOffset'));
  assert(Math.abs(clockOffset + OFF) < OFF / 10, `it learned ${clockOffset} ms`);
  await worker.evaluate((off) => {
    const { now } = Date;
    Date.now = () => now() - off;
  }, OFF);
  await page.close();
});

test('a seed that is wrong is told, and the code is not sent for ever', async () => {
  const ask = `<form method="post" action="/seed/code"><label>Verification code <input name="code" inputmode="numeric"
    maxlength="6" autocomplete="one-time-code"></label> <button>Verify</button></form>`;
  site.pages['/seed'] = form('/seed/in');
  site.pages['/seed/in'] = `<h1>Your code</h1>${ask}`;
  site.pages['/seed/code'] = `<h1>Your code</h1><p role="alert">That code is not right. Try again.</p>${ask}`;
  const shop = await account('Seed', `${site.listed}/seed`, { totp: 'JBSWY3DPEHPK3PXP' });
  const page = await launch(shop);
  assert.equal((await extended.concluded(shop.id)).outcome, 'code_rejected');
  const codes = sent('/seed/code');
  assert(codes.length === 1 || codes.length === 2, `codes were sent ${codes.length} times`);
  await page.close();
});

test('a browser that its person removes in the middle gets no password, and is added again by the next click', async () => {
  const remove = async () => {
    const devices = await extended.context.newPage();
    await devices.goto(`${demo.keytile}/devices`);
    await devices.getByRole('button', { name: /^Remove / }).first().click();
    await devices.getByRole('dialog').getByRole('button', { name: 'Remove browser' }).click();
    await devices.getByText('No browser yet').first().waitFor();
    await devices.close();
  };
  const shop = await account('Removed', twoSteps('/removed', remove));
  const page = await launch(shop);
  assert.equal((await extended.concluded(shop.id)).outcome, 'no_access');
  assert.deepEqual(sent('/removed/name'), ['username=priya']);
  assert.deepEqual(sent('/removed/in').concat(sent('/removed/in/typed')), []);
  await page.close();

  site.pages['/again'] = form('/again/in');
  site.pages['/again/in'] = WELCOME;
  const again = await account('Again', `${site.listed}/again`);
  const next = await launch(again);
  assert.equal((await extended.concluded(again.id)).outcome, 'logged_in');
  assert.deepEqual(sent('/again/in'), [BOTH]);
  await next.close();
});

test('a browser that is closed in the middle says so at its next start, and keeps nothing', async () => {
  const profile = mkdtempSync(join(tmpdir(), 'keytile-profile-'));
  let first;
  let arrived;
  const asked = new Promise((resolve) => (arrived = resolve));
  const closed = () => {
    arrived();
    return new Promise((resolve) => first.context.once('close', resolve));
  };
  const shop = await account('Closed', twoSteps('/closed', closed));
  first = await logins.open(profile);
  await launch(shop, first);
  await asked;
  await first.context.close();

  const second = await logins.open(profile);
  const page = await second.context.newPage();
  await page.goto(`${demo.keytile}/launches`);
  const entry = page.getByRole('listitem').filter({ hasText: 'Closed' });
  await expectEventually(entry.getByText('The browser was closed'));
  await expectAccessible(page);
  assert.deepEqual(await second.logins(), []);
  assert.deepEqual(sent('/closed/in').concat(sent('/closed/in/typed')), []);
  const kept = await second.desk.evaluate(async () => {
    const { local, session } = globalThis.chrome.storage;
    return JSON.stringify([await local.get(null), await session.get(null)]);
  });
  assert(!kept.includes(PASSWORD));
  await second.context.close();
  rmSync(profile, { recursive: true });
});

test('where an admin approves browsers, one that waits gets nothing until then', async () => {
  const owner = demo.people.find(({ role }) => role === 'owner');
  const admin = await signIn(await (await browser.newContext()).newPage(), demo, owner.email);
  const rules = async (approval) => {
    await admin.goto(`${demo.keytile}/settings/devices`);
    await admin.getByRole('checkbox', { name: /An admin approves each browser/ }).setChecked(approval);
    await admin.getByRole('button', { name: 'Save' }).click();
    await admin.getByRole('status').filter({ hasText: /./ }).first().waitFor();
  };
  await rules(true);
  const fresh = await logins.open();
  site.pages['/approved'] = form('/approved/in');
  site.pages['/approved/in'] = WELCOME;
  const shop = await account('Approved', `${site.listed}/approved`);
  const page = await launch(shop, fresh);
  await page.getByText('An admin has to approve this browser first.').waitFor();
  await expectAccessible(page);
  await picture(page, 'needs-approval');
  assert.deepEqual(sent('/approved/in/typed'), []);

  await admin.goto(`${demo.keytile}/settings/devices?state=waiting`);
  await picture(admin, 'waiting-browsers');
  await admin.getByRole('button', { name: /^Approve .* of Priya Raman$/ }).first().click();
  await admin.getByRole('status').filter({ hasText: /./ }).first().waitFor();
  const next = await launch(shop, fresh);
  assert.equal((await fresh.concluded(shop.id)).outcome, 'logged_in');
  assert.deepEqual(sent('/approved/in'), [BOTH]);
  await Promise.all([page.close(), next.close()]);
  await rules(false);
  await admin.context().close();
});
