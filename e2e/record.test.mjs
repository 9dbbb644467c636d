// What the extension finds on a page is shown to whoever asks, and an Owner records how to log in by pointing.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import { popupOver, setServer, startExtension } from './extension.mjs';
import { expectAccessible, picture, signIn, startDemo, tile } from './support.mjs';
import { startSite, WELCOME } from './site.mjs';

const NOOR = 'noor.haddad@brightfold.example';
const PRIYA = 'priya.raman@brightfold.example';
const PASSWORD = 'Calm-orchard-2209';

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
  assert.equal(await popup.getByRole('button', { name: 'Record how to log in' }).count(), 0);
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

test('an Owner points at the boxes of three pages, saves, and the next click on the tile goes by that', async () => {
  await connect(NOOR);
  const page = await extended.context.newPage();
  await page.goto(demo.site);
  const popup = await popupOver(extended, page);
  await popup.getByRole('button', { name: 'Show what Keytile finds here' }).click();
  const opened = extended.context.waitForEvent('page');
  await popup.getByRole('button', { name: 'Record how to log in' }).click();
  const recorder = await opened;
  await recorder.getByText('Click the user name box in the page').waitFor();
  await picture(recorder, 'recorder begins');

  // What the page makes up is no pointing, nor an end of it; what the person points with, the page does not hear.
  await page.evaluate(() => {
    const made = (type, more) => document.querySelector('button').dispatchEvent(new MouseEvent(type, { bubbles: true, ...more }));
    for (const type of ['pointerdown', 'mousedown', 'mouseup', 'click']) made(type, { button: 0 });
    document.querySelector('input').dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    globalThis.heard = [];
    for (const type of ['pointerdown', 'mousedown', 'click', 'submit']) document.addEventListener(type, (event) => globalThis.heard.push(event.type), true);
  });
  assert.equal(await recorder.getByRole('button', { name: /^Remove/ }).count(), 0);
  await page.getByText('Log in to your shop').click();
  await recorder.getByText('That is no box that one can type into.').waitFor();
  await page.getByLabel('User name or e-mail').click();
  await recorder.getByText('Click the button that sends this in the page').waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  await recorder.getByText('Log in on the page as far as the next step').waitFor();
  assert.equal(new URL(page.url()).pathname, '/', 'pointing presses nothing');
  assert.deepEqual(await page.evaluate(() => globalThis.heard), []);

  await page.getByLabel('User name or e-mail').fill(secrets.username);
  await page.getByRole('button', { name: 'Continue' }).click();
  await recorder.getByText('Click the password box in the page').waitFor();
  // By the keyboard.
  await page.getByLabel('Password').focus();
  await page.keyboard.press('Enter');
  await recorder.getByText('Click the button that sends this in the page').waitFor();
  await page.keyboard.press('Escape');
  await recorder.getByText('Log in on the page as far as the next step').waitFor();
  await page.getByLabel('Password').fill(secrets.password);
  await page.getByRole('button', { name: 'Log in' }).click();

  await recorder.getByText('Click a code box in the page').waitFor();
  await page.getByLabel('Digit 3').click();
  await recorder.getByText('Click the button that sends this in the page').waitFor();
  await page.getByRole('button', { name: 'Verify' }).click();
  await recorder.getByText('Log in on the page as far as the next step').waitFor();
  await expectAccessible(recorder);
  await picture(recorder, 'recorder');
  const kept = await recorder.content();
  assert(!kept.includes(secrets.password) && !kept.includes(secrets.username), 'no value is recorded');
  await recorder.getByRole('button', { name: 'Save' }).click();
  await recorder.getByText('Saved. The next login to Shop window goes by it.').waitFor();
  await expectAccessible(recorder);
  await picture(recorder, 'recorder saved');
  await page.waitForFunction(() => document.getAnimations().length === 0);
  await recorder.close();
  await page.goto(`${demo.keytile}/activity`);
  await page.getByText('set how the login is filled in of').first().waitFor();
  await page.close();

  await extended.context.clearCookies({ name: 'sample_visit' });
  const dashboard = await extended.context.newPage();
  await dashboard.goto(`${demo.okta}/app/UserHome`);
  const launched = extended.context.waitForEvent('page');
  await tile(dashboard, 'Shop window - Sample site').click();
  await (await launched).getByRole('heading', { name: 'Welcome!' }).waitFor();
  assert.equal((await extended.concluded()).outcome, 'logged_in');
  const [{ recipe }] = await extended.logins();
  const rest = [2, 3, 4, 5, 6].map((nth) => `fieldset > input:nth-of-type(${nth})`);
  assert.deepEqual(recipe, {
    version: 1,
    steps: [
      { url: '/', username: '#username', submit: 'form button' },
      { url: '/password', password: '#password' },
      { url: '/code', code: ['input[autocomplete="one-time-code"]', ...rest], submit: 'form button' },
    ],
  });
});

/** Asks Keytile's API as the workspace's Owner. */
async function api(method, path, body) {
  const headers = { authorization: `Bearer ${demo.api_key}`, 'content-type': 'application/json' };
  const response = await fetch(`${demo.keytile}/api/v1/${path}`, { method, headers, body: JSON.stringify(body) });
  assert(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
  return response.json();
}

/** An account that logs in at an address of the site, whose Owner is Noor. */
async function account(name, path) {
  const { items } = await api('GET', 'members?search=Noor');
  const { id } = await api('POST', 'accounts', { name, login_url: site.listed + path, username: 'noor', password: PASSWORD });
  await api('POST', 'shares', { account_id: id, member_id: items.find(({ email }) => email === NOOR).id, role: 'owner' });
  return id;
}

/** Logs in to an account, and returns what was sent to a path of the site in the end. */
async function logIn(id, path) {
  const page = await extended.context.newPage();
  await page.goto(`${demo.keytile}/accounts/${id}/launch`).catch((error) => assert.match(error.message, /interrupted|ERR_ABORTED/));
  assert.equal((await extended.concluded(id, 'logged_in')).outcome, 'logged_in');
  await page.close();
  return site.sent.filter((post) => post.path === path).at(-1).body;
}

/** Opens the recorder over a page, by way of the popup. */
async function record(page) {
  const popup = await popupOver(extended, page);
  await popup.getByRole('button', { name: 'Show what Keytile finds here' }).click();
  const opened = extended.context.waitForEvent('page');
  await popup.getByRole('button', { name: 'Record how to log in' }).click();
  return opened;
}

test('what is found wrongly, in a shadow root of a frame, is put right by pointing, and nothing is recorded elsewhere', async () => {
  site.pages['/odd'] = '<iframe src="/odd/form" width="600" height="300"></iframe>';
  site.pages['/odd/form'] = `<div id="host"><template shadowrootmode="open"><h1>Log in</h1>
    <form method="post" action="/odd/in"><label>First <input name="first"></label> <label>Second <input name="second"></label>
    <label>Password <input name="password" type="password"></label> <button>Log in</button></form></template></div>`;
  site.pages['/odd/in'] = WELCOME;
  const id = await account('Odd', '/odd');
  assert.equal(await logIn(id, '/odd/in'), `first=&second=noor&password=${PASSWORD}`, 'the nearest box is taken by itself');

  const page = await extended.context.newPage();
  await page.goto(`${site.listed}/odd`);
  const recorder = await record(page);
  await recorder.getByText('Click the user name box in the page').waitFor();
  const form = page.frameLocator('iframe');
  await recorder.getByLabel('the password box').check();
  await recorder.getByText('Click the password box in the page').waitFor();
  await form.getByLabel('First').click();
  await recorder.getByText('That is no box for a password').waitFor();
  await form.getByLabel('Password').click();
  await recorder.getByText('Click the user name box in the page').waitFor();
  await form.getByLabel('First').click();
  await recorder.getByText('Click the button that sends this in the page').waitFor();

  await page.goto(`${site.other}/odd`);
  await recorder.getByText(`The page is at ${site.other}, which is not one of this account’s addresses.`).waitFor();
  await page.goto(`${site.listed}/odd`);
  await recorder.getByText('Click the user name box in the page').waitFor();
  await recorder.getByRole('button', { name: 'Save' }).click();
  await recorder.getByText('Saved. The next login to Odd goes by it.').waitFor();
  const { recipe } = await api('GET', `accounts/${id}/recipe`);
  const [username, password] = ['#host >>> input[name="first"]', '#host >>> input[name="password"]'];
  assert.deepEqual(recipe, { version: 1, steps: [{ url: '/odd/form', username, password }] });
  await recorder.close();
  await page.close();
  assert.equal(await logIn(id, '/odd/in'), `first=noor&second=&password=${PASSWORD}`, 'the box that was pointed at is taken');
});

test('a page that asks for something else without being loaded anew is two steps', async () => {
  site.pages['/drawn'] = `<h1>Log in</h1><form method="post" action="/drawn/in"><label>User name <input name="user" autocomplete="username" oninput="this.id = this.value"></label>
    <button type="button" id="next" onclick="this.previousElementSibling.hidden = this.hidden = true; document.getElementById('rest').hidden = false">Next</button>
    <div id="rest" hidden><label>Password <input name="password" type="password"></label> <button>Log in</button></div></form>`;
  site.pages['/drawn/in'] = WELCOME;
  const id = await account('Drawn', '/drawn');
  const page = await extended.context.newPage();
  await page.goto(`${site.listed}/drawn`);
  const recorder = await record(page);
  await recorder.getByText('Click the user name box in the page').waitFor();
  // What was typed stands in the box's id: it is not what the recipe calls it.
  await page.getByLabel('User name').fill('somebody');
  await page.getByLabel('User name').click();
  await recorder.getByText('Click the button that sends this in the page').waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await recorder.getByText('Log in on the page as far as the next step').waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await recorder.getByRole('button', { name: 'The page asks for something else now' }).click();
  await recorder.getByText('Click the password box in the page').waitFor();
  await page.getByLabel('Password').click();
  await recorder.getByText('Click the button that sends this in the page').waitFor();
  await page.getByRole('button', { name: 'Log in' }).click();
  await recorder.getByText('Log in on the page as far as the next step').waitFor();
  await recorder.getByRole('button', { name: 'Save' }).click();
  await recorder.getByText('Saved. The next login to Drawn goes by it.').waitFor();
  const { recipe } = await api('GET', `accounts/${id}/recipe`);
  assert.deepEqual(recipe.steps, [
    { url: '/drawn', username: 'input[name="user"]', submit: '#next' },
    { url: '/drawn', password: 'input[name="password"]', submit: '#rest button' },
  ]);
  await recorder.close();
  await page.close();
  assert.equal(await logIn(id, '/drawn/in'), `user=noor&password=${PASSWORD}`);
});

test('a Collaborator cannot record, whatever page of the extension they open', async () => {
  await connect(PRIYA);
  const page = await extended.context.newPage();
  await page.goto(demo.site);
  const tab = await extended.desk.evaluate(async (address) => (await globalThis.chrome.tabs.query({})).find(({ url }) => url === address).id, page.url());
  const id = await extended.desk.evaluate(async () => {
    const enrol = await import('../worker/enrol.js');
    const { accounts } = await enrol.ask('GET', '/extension/v1/accounts?q=Shop');
    return accounts.find(({ name }) => name === 'Shop window').id;
  });
  const recorder = await extended.context.newPage();
  await recorder.goto(extended.url(`record/record.html?tab=${tab}&account=${id}`));
  await recorder.getByText('Only an Owner of the account can record how to log in').waitFor();
  assert.equal(await recorder.getByRole('radio').count(), 0);
  await picture(recorder, 'recorder refused');
  const refused = await extended.desk.evaluate(async (account) => {
    const enrol = await import('../worker/enrol.js');
    return enrol.ask('PUT', `/extension/v1/accounts/${account}/recipe`, { recipe: null }).catch(({ code }) => code);
  }, id);
  assert.equal(refused, 'not_allowed');
});
