// What the extension finds on a page is shown to whoever asks, and an Owner records how to log in by pointing.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import { popupOver, setServer, startExtension } from './extension.mjs';
import { expectAccessible, picture, signIn, startDemo } from './support.mjs';
import { startSite } from './site.mjs';

const NOOR = 'noor.haddad@brightfold.example';
const PRIYA = 'priya.raman@brightfold.example';

const story = JSON.parse(
  readFileSync(new URL('../crates/demo/src/workspace.json', import.meta.url), 'utf8'),
);
const secrets = story.accounts.find(({ name }) => name === 'Shop window');

let demo, stop, site, extended;

before(async () => {
  ({ demo, stop } = await startDemo());
  site = await startSite();
});
after(async () => {
  await extended?.context.close();
  site?.stop();
  await stop?.();
});

/** A browser with the extension, connected by this person. */
async function connect(email) {
  await extended?.context.close();
  extended = await startExtension();
  await (await setServer(extended, demo.keytile)).close();
  const page = await signIn(await extended.context.newPage(), demo, email);
  await page.goto(`${demo.keytile}/extension/connect`);
  await page.getByText('This browser is connected.').waitFor();
  await page.close();
}

/** How an element is marked: by an animation that stands still, and by nothing else. */
const marks = (locator) => locator.evaluate((element) => element.getAnimations().map(() => getComputedStyle(element).outline));

const body = (page) => page.evaluate(() => document.documentElement.outerHTML);

test('a Collaborator is shown what was found, in the popup and in the page, and nothing stays there', async () => {
  await connect(PRIYA);
  const page = await extended.context.newPage();
  await page.goto(demo.site);
  const before = await body(page);
  const popup = await popupOver(extended, page);
  await popup.getByRole('button', { name: 'Show what Keytile finds here' }).click();
  await popup.getByText('This is a login. Keytile would fill in the user name, and press “Continue”.').waitFor();
  await expectAccessible(popup);
  await picture(popup, 'popup found');

  const box = page.getByLabel('User name or e-mail');
  assert.match((await marks(box)).join(), /solid 4px/);
  assert.match((await marks(page.getByRole('button', { name: 'Continue' }))).join(), /dotted 4px/);
  await popup.getByRole('button', { name: /^User name/ }).focus();
  await page.waitForFunction(() => /6px/.test(getComputedStyle(document.querySelector('#username')).outline));
  assert.equal(await box.inputValue(), '');
  assert.equal(await body(page), before, 'the document is as it was');

  await popup.keyboard.press('Escape');
  await popup.getByLabel('Search your accounts').waitFor();
  await page.waitForFunction(() => document.getAnimations().length === 0);
  assert.equal(await body(page), before);
  await popup.getByRole('button', { name: 'Show what Keytile finds here' }).click();
  await popup.getByRole('button', { name: /^User name/ }).focus();
  await picture(page, 'page marked');
  await popup.close();
  await page.waitForFunction(() => document.getAnimations().length === 0);
  await page.close();
});

test('why a page is left alone is said', async () => {
  const page = await extended.context.newPage();
  site.pages['/join'] = `<h1>Create your account</h1><form method="post" action="/join">
    <label>Your name <input name="name"></label><label>E-mail <input name="email" type="email"></label>
    <label>New password <input name="password" type="password" autocomplete="new-password"></label>
    <button>Create account</button></form><iframe src="${site.other}/frame"></iframe>`;
  site.pages['/frame'] = '<p>Elsewhere</p>';
  await page.goto(`${site.listed}/join`);
  const popup = await popupOver(extended, page);
  await popup.getByRole('button', { name: 'Show what Keytile finds here' }).click();
  await popup.getByText('No login here. What comes closest is: sign-up.').waitFor();
  await popup.getByText('Never filled in: it makes a new password.').waitFor();
  await popup.getByText(/points as a login; it takes more than 0, so it is left alone\./).waitFor();
  await popup.getByText(`Not looked into: a frame of ${site.other}.`).waitFor();
  await expectAccessible(popup);
  await picture(popup, 'popup found nothing');
  await popup.close();
  await page.close();
});
