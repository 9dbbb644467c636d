// The same click in Firefox: its own package, its own way with documents and patterns, the same three steps.

import assert from 'node:assert/strict';
import test, { after, afterEach, before } from 'node:test';
import { findFirefox, Firefox } from './firefox.mjs';
import { startDemo } from './support.mjs';

const NOOR = 'noor.haddad@brightfold.example';
const PRIYA = 'priya.raman@brightfold.example';
const program = findFirefox();
const skip = program === null && 'Firefox is not installed: on Debian, apt-get install firefox-esr';

let demo, stop, firefox;

before(async () => {
  if (!skip) ({ demo, stop } = await startDemo());
});
afterEach(async () => {
  await firefox?.stop();
  firefox = undefined;
});
after(async () => stop?.());

/** A fresh Firefox with the extension, which knows the server, and a tab where this person has signed in at Okta. */
async function start(email) {
  firefox = await Firefox.start(program);
  const desk = await firefox.tab();
  // The extension opens its options upon that, and Firefox takes the tab in front for it where that is empty.
  await desk.go(demo.keytile);
  await firefox.install();
  await desk.go(firefox.url('options/options.html'));
  const said = `new Promise((resolve) => {
    const said = document.getElementById('server-said');
    new MutationObserver(() => /^Asking/.test(said.textContent) || resolve(said.textContent)).observe(said, { childList: true });
    document.getElementById('server').value = ${JSON.stringify(demo.keytile)};
    document.getElementById('server-form').requestSubmit();
  })`;
  assert.equal(await desk.evaluate(said), 'Saved. Keytile answers there.');

  const tab = await firefox.tab();
  await tab.go(`${demo.okta}/app/UserHome`);
  const { password } = demo.people.find((person) => person.email === email);
  for (const [label, value] of [['Username', email], ['Password', password]]) {
    const next = tab.loaded((url) => url.startsWith(demo.okta));
    await tab.evaluate(`(() => {
      const [label] = [...document.querySelectorAll('label')].filter((one) => one.textContent.includes('${label}'));
      label.control.value = ${JSON.stringify(value)};
      label.control.form.requestSubmit();
    })()`);
    await next;
  }
  return { desk, tab };
}

/** Waits until a page shows a text. */
function shown(tab, text) {
  return tab.evaluate(`new Promise((resolve) => {
    const look = () => document.body.textContent.includes(${JSON.stringify(text)}) && resolve(true);
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    look();
  })`);
}

/** Clicks as a person does, with the mouse. */
async function press(tab, selector) {
  const { context } = tab;
  const place = await tab.evaluate(`(() => {
    const { x, y, width, height } = document.querySelector('${selector}').getBoundingClientRect();
    return JSON.stringify({ x: Math.round(x + width / 2), y: Math.round(y + height / 2) });
  })()`);
  const button = { button: 0 };
  const actions = [{ type: 'pointerMove', ...JSON.parse(place) }, { type: 'pointerDown', ...button }, { type: 'pointerUp', ...button }];
  await firefox.call('browsingContext.activate', { context });
  await firefox.call('input.performActions', { context, actions: [{ type: 'pointer', id: 'mouse', actions }] });
}

/** What scripts threw. The sample site’s policy forbids its own icon, which Firefox says as an error. */
const errors = () => firefox.errors.filter((text) => !text.startsWith('Content-Security-Policy'));

test('a Collaborator clicks a tile in Firefox and is logged in through three steps', { skip }, async () => {
  const { desk, tab } = await start(PRIYA);
  const tile = await tab.evaluate(
    `[...document.querySelectorAll('a')].find((one) => one.textContent.includes('Shop window')).href`,
  );
  const steps = ['/', '/password', '/code'].map((path) => tab.loaded((url) => url === demo.site + path));
  await tab.click(`void (location.href = ${JSON.stringify(tile)})`);
  await Promise.all(steps);

  const plan = JSON.parse(await desk.evaluate(`new Promise((resolve) => {
    const look = async () => {
      const [login] = Object.values(await browser.storage.session.get(null)).filter((one) => one.plan);
      if (login?.plan.outcome) resolve(JSON.stringify(login.plan));
    };
    browser.storage.session.onChanged.addListener(look);
    look();
  })`));
  assert.equal(plan.outcome, 'logged_in');
  assert.deepEqual(plan.releases, { username: 1, password: 1, code: 1 });
  assert.match(await tab.evaluate('document.body.textContent'), /Welcome!/);
  assert.deepEqual(errors(), []);
});

test('an Owner points at boxes in Firefox, and what was pointed at is the recipe', { skip }, async () => {
  const { desk, tab } = await start(NOOR);
  await tab.go(`${demo.keytile}/extension/connect`);
  await shown(tab, 'This browser is connected.');
  await tab.go(demo.site);
  const where = await desk.evaluate(`(async () => {
    const { ask } = await import('../worker/enrol.js');
    const { accounts } = await ask('GET', '/extension/v1/accounts?q=Shop');
    const tabs = await browser.tabs.query({});
    const tab = tabs.find(({ url }) => url?.startsWith(${JSON.stringify(demo.site)})).id;
    return String(new URLSearchParams({ tab, account: accounts.find(({ name }) => name === 'Shop window').id }));
  })()`);
  const recorder = await firefox.tab();
  await recorder.go(firefox.url(`record/record.html?${where}`));
  await shown(recorder, 'Click the user name box in the page');
  await press(tab, '#username');
  await shown(recorder, 'Click the button that sends this in the page');
  await press(tab, 'form button');
  await shown(recorder, 'Log in on the page as far as the next step');
  assert.equal(await tab.evaluate('location.pathname'), '/');
  await tab.evaluate(`void (document.querySelector('#username').value = 'somebody')`);
  const next = tab.loaded((url) => url === `${demo.site}/password`);
  await press(tab, 'form button');
  await next;
  await shown(recorder, 'Click the password box in the page');
  await press(tab, '#password');
  await shown(recorder, 'Step 2: /password');
  await recorder.evaluate(`document.getElementById('save').click()`);
  await shown(recorder, 'Saved. The next login to Shop window goes by it.');
  const account = new URLSearchParams(where).get('account');
  const recipe = await desk.evaluate(`(async () => {
    const { ask } = await import('../worker/enrol.js');
    return JSON.stringify((await ask('GET', '/extension/v1/accounts/${account}/recipe')).recipe.steps);
  })()`);
  assert.deepEqual(JSON.parse(recipe), [{ url: '/', username: '#username', submit: 'form button' }, { url: '/password', password: '#password' }]);
  assert.deepEqual(errors(), []);
});
