// What a login gives to whom, and how it ends: sites that frame, redirect, refuse, vanish and wait.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { BOTH, PASSWORD, startLogins } from './logins.mjs';
import { form, WELCOME } from './site.mjs';

let logins, demo, extended, site, api, account, launch, sent;

before(async () => {
  logins = await startLogins();
  ({ demo, extended, site, api, account, launch, sent } = logins);
});
after(() => logins?.stop());

test('a form in a frame of a listed origin is filled', async () => {
  site.pages['/framed'] = '<iframe src="/framed/login" width="500" height="300"></iframe>';
  site.pages['/framed/login'] = form('/framed/in');
  site.pages['/framed/in'] = WELCOME;
  const shop = await account('Framed', `${site.listed}/framed`);
  const page = await launch(shop);
  assert.equal((await extended.concluded(shop.id)).outcome, 'logged_in');
  assert.deepEqual(sent('/framed/in'), [BOTH]);
  await page.close();
});

test('frames of another origin, and sandboxed ones, get nothing beside a form that does', async () => {
  site.pages['/beside'] = `
    <iframe src="${site.other}/beside/other" width="500" height="200"></iframe>
    <iframe sandbox="allow-forms allow-scripts" src="/beside/sandboxed" width="500" height="200"></iframe>
    <iframe sandbox="allow-forms allow-scripts" srcdoc='${form('/beside/srcdoc').replaceAll("'", '&apos;')}' width="500" height="200"></iframe>
    ${form('/beside/in')}`;
  site.pages['/beside/other'] = form('/beside/other/in');
  site.pages['/beside/sandboxed'] = form('/beside/sandboxed/in');
  site.pages['/beside/in'] = WELCOME;
  const shop = await account('Beside', `${site.listed}/beside`);
  const page = await launch(shop);
  assert.equal((await extended.concluded(shop.id)).outcome, 'logged_in');
  assert.deepEqual(sent('/beside/in'), [BOTH]);
  const typed = site.sent.map(({ path }) => path).filter((path) => /^\/beside\/.+\/(in|typed)/.test(path));
  assert.deepEqual(typed, ['/beside/in/typed']);
  await page.close();
});

test('a form with a listed address inside of a page without one gets nothing', async () => {
  site.pages['/clad'] = `→ ${site.other}/clad/around`;
  site.pages['/clad/around'] = `<iframe src="${site.listed}/clad/login" width="500" height="300"></iframe>`;
  site.pages['/clad/login'] = form('/clad/in');
  const shop = await account('Clad', `${site.listed}/clad`);
  const page = await launch(shop);
  const plan = await extended.concluded(shop.id);
  assert.equal(plan.outcome, 'left_origins');
  assert.equal(plan.outcome_origin, site.other);
  assert.deepEqual(sent('/clad/in').concat(sent('/clad/in/typed')), []);
  await page.close();
});

test('a site that goes elsewhere after the user name does not get the password there', async () => {
  site.pages['/away'] = form('/away/name', ['username']);
  site.pages['/away/name'] = `→ ${site.other}/away/password`;
  site.pages['/away/password'] = form('/away/in', ['password']);
  const shop = await account('Away', `${site.listed}/away`);
  const page = await launch(shop);
  assert.equal((await extended.concluded(shop.id)).outcome, 'left_origins');
  assert.deepEqual(sent('/away/name'), ['username=priya']);
  assert.deepEqual(sent('/away/in').concat(sent('/away/in/typed')), []);
  await page.close();
});

test('a password that is refused is not tried again', async () => {
  const refusal = '<p role="alert">The user name or password is incorrect.</p>';
  site.pages['/refused'] = form('/refused/in');
  site.pages['/refused/in'] = refusal + form('/refused/in');
  const shop = await account('Refused', `${site.listed}/refused`);
  const page = await launch(shop);
  assert.equal((await extended.concluded(shop.id)).outcome, 'rejected');
  assert.deepEqual(sent('/refused/in'), [BOTH]);
  assert.equal(await page.getByLabel('Password').inputValue(), '');
  const [{ tab }] = await extended.logins();
  const title = await extended.desk.evaluate((tabId) => globalThis.chrome.action.getTitle({ tabId }), tab);
  assert.match(title, /^Keytile: Refused\. The site refused the login\. Nothing more was tried\./);
  await page.close();
});

test('a form that comes back without a word is sent once more, and no third time', async () => {
  site.pages['/mute'] = form('/mute/in');
  site.pages['/mute/in'] = form('/mute/in');
  const shop = await account('Mute', `${site.listed}/mute`);
  const page = await launch(shop);
  assert.equal((await extended.concluded(shop.id)).outcome, 'rejected');
  assert.deepEqual(sent('/mute/in'), [BOTH, BOTH]);
  await page.close();
});

test('a site that is down is told as that', async () => {
  // Port 9 discards, and nobody listens there.
  const shop = await account('Down', 'http://localhost:9/login');
  const page = await launch(shop);
  assert.equal((await extended.concluded(shop.id)).outcome, 'site_down');
  await page.close();
});

test('two logins at once in two tabs do not get in each other’s way', async () => {
  const names = ['one', 'two'];
  for (const name of names) {
    site.pages[`/${name}`] = form(`/${name}/name`, ['username']);
    site.pages[`/${name}/name`] = form(`/${name}/in`, ['password']);
    site.pages[`/${name}/in`] = WELCOME;
  }
  const shops = await Promise.all(names.map((name) => account(name, `${site.listed}/${name}`, { username: name })));
  const tabs = await Promise.all(shops.map((one) => launch(one)));
  for (const { id } of shops) assert.equal((await extended.concluded(id)).outcome, 'logged_in');
  for (const name of names) {
    assert.deepEqual(sent(`/${name}/name`), [`username=${name}`]);
    assert.deepEqual(sent(`/${name}/in`), [`password=${PASSWORD}`]);
  }
  await Promise.all(tabs.map((tab) => tab.close()));
});

test('whoever loses access in the middle gets no password', async () => {
  let shop;
  site.pages['/ended'] = form('/ended/name', ['username']);
  site.pages['/ended/name'] = async () => {
    await api('DELETE', `shares/${shop.share}`);
    return form('/ended/in', ['password']);
  };
  shop = await account('Ended', `${site.listed}/ended`);
  const page = await launch(shop);
  assert.equal((await extended.concluded(shop.id)).outcome, 'no_access');
  assert.deepEqual(sent('/ended/name'), ['username=priya']);
  assert.deepEqual(sent('/ended/in').concat(sent('/ended/in/typed')), []);
  await page.close();
});

test('whoever stops a login has stopped it', async () => {
  let arrived;
  const asked = new Promise((resolve) => (arrived = resolve));
  let goOn;
  site.pages['/stopped'] = form('/stopped/name', ['username']);
  site.pages['/stopped/name'] = async () => {
    arrived();
    await new Promise((resolve) => (goOn = resolve));
    return form('/stopped/in', ['password']);
  };
  const shop = await account('Stopped', `${site.listed}/stopped`);
  const page = await launch(shop);
  await asked;
  const [{ tab }] = await extended.logins();
  await extended.desk.evaluate((tab) => globalThis.chrome.runtime.sendMessage({ type: 'stop', tab }), tab);
  assert.equal((await extended.concluded(shop.id)).outcome, 'cancelled');
  goOn();
  await page.getByLabel('Password').waitFor();
  assert.equal(await page.getByLabel('Password').inputValue(), '');
  await page.close();
});

test('a login that needs the person goes on once they have acted, and tells both', async () => {
  site.pages['/mailed'] = form('/mailed/code');
  site.pages['/mailed/code'] = `<h1>Check your e-mail</h1><p>We sent a verification code to p…@brightfold.example.</p>
    <form method="post" action="/mailed/in"><label>Verification code <input name="code" inputmode="numeric" maxlength="6"
    autocomplete="one-time-code"></label> <button>Verify</button></form><p><a href="/mailed/again">Send the code again</a></p>`;
  site.pages['/mailed/in'] = WELCOME;
  const shop = await account('Mailed', `${site.listed}/mailed`);
  const page = await launch(shop);
  assert.equal((await extended.concluded(shop.id)).outcome, 'code_elsewhere');
  const [{ grant }] = await extended.logins();
  await page.getByLabel('Verification code').fill('246810');
  await page.getByRole('button', { name: 'Verify' }).click();
  assert.equal((await extended.concluded(shop.id, 'logged_in')).outcome, 'logged_in');
  const [{ grant: second }] = await extended.logins();
  assert.notEqual(second, grant, 'a new grant of the same launch');
  assert.deepEqual(sent('/mailed/in'), ['code=246810']);
  await page.close();
});

test('nothing of all this is left in the extension', async () => {
  await extended.told();
  const kept = await extended.desk.evaluate(async () => {
    const { local, session } = globalThis.chrome.storage;
    return JSON.stringify([await local.get(null), await session.get(null)]);
  });
  assert(kept.includes(demo.keytile), 'something is kept to look through');
  assert(!kept.includes(PASSWORD));
});
