// What a page, the browser, another window and the server can do to somebody who records how to log in, or looks at what was
// found: nothing is left in the page, nothing of a visit gets into a recipe, and the window says what happened.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test, { after, before } from 'node:test';
import { popupOver, setServer, startExtension } from './extension.mjs';
import { expectAccessible, expectNarrow, signIn, startDemo } from './support.mjs';
import { form, startSite } from './site.mjs';

const NOOR = 'noor.haddad@brightfold.example';
const FIND = { name: 'Show what Keytile finds here' };

let demo, stop, site, extended, id;

before(async () => {
  ({ demo, stop } = await startDemo());
  site = await startSite();
  site.pages['/login'] = form('/in');
  // As people's browsers do, this one keeps pages for the way back.
  extended = await startExtension('', ['--disable-back-forward-cache']);
  await (await setServer(extended, demo.keytile)).close();
  const page = await signIn(await extended.context.newPage(), demo, NOOR);
  await page.goto(`${demo.keytile}/extension/connect`);
  await page.getByText('This browser is connected.').waitFor();
  await page.close();
  id = await account(`${site.listed}/login`);
});
after(async () => {
  await extended?.context.close();
  site?.stop();
  await stop?.();
});

/** Asks Keytile's API as the workspace's Owner. */
async function api(method, path, body) {
  const headers = { authorization: `Bearer ${demo.api_key}`, 'content-type': 'application/json' };
  const response = await fetch(`${demo.keytile}/api/v1/${path}`, { method, headers, body: JSON.stringify(body) });
  assert(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
  return response.json();
}

/** An account that logs in at an address, whose Owner is Noor. */
async function account(address) {
  const { items } = await api('GET', 'members?search=Noor');
  const made = await api('POST', 'accounts', { name: 'Pointed', login_url: address, username: 'noor', password: 'Calm-orchard-2209' });
  await api('POST', 'shares', { account_id: made.id, member_id: items.find(({ email }) => email === NOOR).id, role: 'owner' });
  return made.id;
}

/** A page of the site. */
async function open(path = '/login') {
  const page = await extended.context.newPage();
  await page.goto(site.listed + path);
  return page;
}

/** The recorder over a page, as the popup opens it. */
async function record(page, of = id) {
  const tab = await extended.desk.evaluate(async (address) => (await globalThis.chrome.tabs.query({})).find(({ url }) => url === address)?.id, page.url());
  const recorder = await extended.context.newPage();
  await recorder.goto(extended.url(`record/record.html?tab=${tab}&account=${of}`));
  await recorder.getByText('Click the user name box in the page').waitFor();
  return recorder;
}

/** Listens to what a page hears from now on. */
const listen = (page) => page.evaluate(() => {
  globalThis.heard = [];
  for (const type of ['pointerdown', 'mousedown', 'click', 'focus', 'keydown', 'input', 'animationstart', 'animationend', 'transitionstart']) document.addEventListener(type, (event) => globalThis.heard.push(event.type), true);
  new MutationObserver(() => globalThis.heard.push('changed')).observe(document, { subtree: true, attributes: true, childList: true, characterData: true });
});

test('a page that is gone back to after the recorder was closed is its person’s again', async () => {
  site.pages['/next'] = '<h1>Next</h1>';
  const page = await open();
  const recorder = await record(page);
  await page.getByLabel('User name').hover();
  await page.waitForFunction(() => document.getAnimations().length === 1);
  await page.evaluate(() => (globalThis.isKept = true));
  await page.goto(`${site.listed}/next`);
  await recorder.getByText('Choose below what to point at.').waitFor();
  await recorder.close();
  await page.evaluate(() => globalThis.history.back());
  await page.waitForFunction(() => globalThis.isKept);
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  await listen(page);
  await page.getByLabel('User name').click();
  assert.deepEqual(await page.evaluate(() => globalThis.heard), ['pointerdown', 'mousedown', 'focus', 'click']);
  await page.close();
});

test('a key that was let go in the recorder’s window costs no other one', async () => {
  const page = await open();
  const recorder = await record(page);
  const session = await extended.context.newCDPSession(page);
  const enter = { type: 'keyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' };
  await page.getByLabel('User name').focus();
  await session.send('Input.dispatchKeyEvent', enter);
  await recorder.getByText('Click the password box in the page').waitFor();
  await page.getByLabel('Password').focus();
  await session.send('Input.dispatchKeyEvent', { ...enter, autoRepeat: true });
  await session.send('Input.dispatchKeyEvent', enter);
  await recorder.getByText('Click the button that sends this in the page').waitFor();
  assert.equal(new URL(page.url()).pathname, '/login');
  await recorder.close();
  await page.close();
});

test('of two recorders over one page the first one is told, and what it knows stays', async () => {
  const page = await open();
  const first = await record(page);
  await page.getByLabel('Password').click();
  await first.getByText('That is a box for a password.').waitFor();
  await page.getByLabel('User name').click();
  await first.getByText('Click the password box in the page').waitFor();
  const second = await record(page);
  await first.getByText('Another window points at things in this page now.').waitFor();
  assert.equal(await first.getByRole('button', { name: /^Remove/ }).count(), 1);
  await expectAccessible(first);
  await expectNarrow(first);
  await second.close();
  await first.getByLabel('the password box').check();
  await page.getByLabel('Password').click();
  await first.getByText('Click the button that sends this in the page').waitFor();
  await page.close();
  await first.getByText('The tab was closed. What was recorded can still be saved.').waitFor();
  await first.getByRole('button', { name: 'Remove User name of step 1' }).click();
  assert.equal(await first.locator('#state').textContent(), '', 'nothing is asked for any more');
  await first.close();
});

test('a frame that never ends coming holds up neither the recorder nor the popup', async (run) => {
  let rest;
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    if (request.url === '/frame') (rest = response).write(form('/in'));
    else response.end(`${form('/in')}<iframe src="/frame"></iframe>`);
  });
  run.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = `http://localhost:${server.address().port}/`;
  const endless = await account(address);
  const page = await extended.context.newPage();
  await page.goto(address, { waitUntil: 'commit' });
  await page.getByLabel('User name').waitFor();
  const recorder = await record(page, endless);
  const popup = await popupOver(extended, page);
  await popup.getByRole('button', FIND).click();
  await popup.getByText('This is a login.').waitFor();
  assert.equal(await popup.getByRole('heading', { name: 'Login', exact: true }).count(), 1);
  rest.end();
  await popup.getByRole('heading', { name: 'Login', exact: true }).nth(1).waitFor();
  await page.frameLocator('iframe').getByLabel('User name').click();
  await recorder.getByText('Click the password box in the page').waitFor();
  await popup.close();
  await recorder.close();
  await page.close();
});

test('a part of a page that has no address of its own is neither recorded nor promised', async () => {
  site.pages['/shut'] = '<iframe sandbox="allow-forms allow-scripts" src="/shut/form" width="600" height="200"></iframe>';
  site.pages['/shut/form'] = form('').replace(' action=""', '');
  const page = await open('/shut');
  const recorder = await record(page);
  await page.frameLocator('iframe').getByLabel('User name').click();
  await recorder.getByText('That part of the page is shut in by its site').waitFor();
  await recorder.close();
  const popup = await popupOver(extended, page);
  await popup.getByRole('button', FIND).click();
  await popup.getByText('No login here.').waitFor();
  await popup.getByText('so nothing is filled in there').waitFor();
  await popup.close();
  await page.close();
});

test('a page cannot pass an element of its own off as what the page scripts keep, and hears nothing of a look', async () => {
  site.pages['/named'] = `<form id="keytilePage"><input type="hidden" name="loaded"></form>${form('/in')}`;
  const page = await open('/named');
  await listen(page);
  const popup = await popupOver(extended, page);
  await popup.getByRole('button', FIND).click();
  await popup.getByText('This is a login. Keytile would fill in the user name and password').waitFor();
  await popup.getByRole('button', { name: /^Password/ }).focus();
  await page.waitForFunction(() => /6px/.test(getComputedStyle(document.querySelector('[type=password]')).outline));
  await popup.close();
  await page.waitForFunction(() => document.getAnimations().length === 0);
  assert.deepEqual(await page.evaluate(() => globalThis.heard), []);
  await page.close();
});

test('nothing of a visit is kept, what somebody else saved is not replaced unsaid, and a browser that was removed can come back', async () => {
  site.pages['/in/noor.haddad/login;jsessionid=A1B2C3D4'] = form('/in');
  const page = await open('/in/noor.haddad/login;jsessionid=A1B2C3D4');
  const recorder = await record(page);
  await page.getByLabel('User name').fill('Noor.Haddad');
  await page.getByLabel('User name').click();
  await recorder.getByText('Click the password box in the page').waitFor();

  await api('PUT', `accounts/${id}/recipe`, { recipe: { version: 1, steps: [{ username: '#theirs' }] } });
  const save = recorder.getByRole('button', { name: 'Save' });
  await save.click();
  await recorder.getByText('Somebody else has changed the recipe of this account meanwhile.').waitFor();
  await recorder.getByText('This account has a recipe. Saving replaces it.').waitFor();

  const devices = await extended.context.newPage();
  await devices.goto(`${demo.keytile}/devices`);
  await devices.getByRole('button', { name: /^Remove/ }).click();
  await devices.getByRole('dialog').getByRole('button', { name: 'Remove browser' }).click();
  await devices.getByRole('heading', { name: 'No browser yet' }).waitFor();
  await devices.close();
  await save.click();
  await recorder.getByText('This browser is not known here, or no longer.').waitFor();
  await expectAccessible(recorder);
  const opened = extended.context.waitForEvent('page');
  await recorder.getByRole('button', { name: 'Sign in' }).click();
  await (await opened).getByText('This browser is connected.').waitFor();
  await save.click();
  await recorder.getByText('Saved. The next login to Pointed goes by it.').waitFor();
  const { recipe } = await api('GET', `accounts/${id}/recipe`);
  assert.deepEqual(recipe.steps, [{ url: '/in/*/login*', username: 'input[name="username"]' }]);
  await recorder.close();
  await page.close();
});
