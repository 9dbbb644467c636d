// The same click in Firefox: its own package, its own way with documents and patterns, the same three steps.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { findFirefox, Firefox } from './firefox.mjs';
import { startDemo } from './support.mjs';

const PRIYA = 'priya.raman@brightfold.example';
const program = findFirefox();
const skip = program === null && 'Firefox is not installed: on Debian, apt-get install firefox-esr';

let demo, stop, firefox;

before(async () => {
  if (skip) return;
  ({ demo, stop } = await startDemo());
  firefox = await Firefox.start(program);
  await firefox.install();
});
after(async () => {
  await firefox?.stop();
  await stop?.();
});

test('a Collaborator clicks a tile in Firefox and is logged in through three steps', { skip }, async () => {
  const desk = await firefox.tab();
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
  const { email, password } = demo.people.find((person) => person.email === PRIYA);
  for (const [label, value] of [['Username', email], ['Password', password]]) {
    const next = tab.loaded((url) => url.startsWith(demo.okta));
    await tab.evaluate(`(() => {
      const [label] = [...document.querySelectorAll('label')].filter((one) => one.textContent.includes('${label}'));
      label.control.value = ${JSON.stringify(value)};
      label.control.form.requestSubmit();
    })()`);
    await next;
  }
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
  // The sample site’s policy forbids its own icon, which Firefox says as an error.
  assert.deepEqual(firefox.errors.filter((text) => !text.startsWith('Content-Security-Policy')), []);
});
