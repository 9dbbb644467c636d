// How long it takes from the click on a tile until the password stands in its box: on the simulated Okta's dashboard, by the
// real server, extension and Chromium, on a site that answers at once. `cargo xtask lab --speed`.

import assert from 'node:assert/strict';
import { startLogins } from '../logins.mjs';
import { expectEventually, tile } from '../support.mjs';

const WARM = 12;
const COLD = 10;

/** A login form that tells the site as soon as its password is filled in. */
const FORM = `<h1>Log in</h1><form method="post" action="/in">
  <label>User name <input name="username" autocomplete="username"></label>
  <label>Password <input name="password" type="password" autocomplete="current-password" oninput="navigator.sendBeacon('/filled')"></label>
  <button>Log in</button></form>`;

/** @type {[string, string, string][]} */
const PAGES = [
  ['plain', 'Plain - Speed', FORM],
  ['frame', 'Frame - Speed', '<h1>Portal</h1><iframe src="/plain" title="Log in" width="500" height="300"></iframe>'],
];

const logins = await startLogins();
const { demo, site, extended, api, account } = logins;
try {
  let filled = () => {};
  site.pages['/filled'] = () => (filled(), '');
  site.pages['/in'] = '<h1>Welcome</h1><form method="post" action="/leave"><button>Log out</button></form>';
  const dashboard = await extended.context.newPage();
  const labels = [];
  for (const [name, label, html] of PAGES) {
    site.pages[`/${name}`] = html;
    const [title, app_name] = label.split(' - ');
    const { id } = await account(title, `${site.listed}/${name}`, { app_name });
    await api('POST', `accounts/${id}/tile`);
    labels.push(/** @type {const} */ ([id, label]));
  }
  await dashboard.goto(`${demo.okta}/app/UserHome`);
  for (const [, label] of labels) await expectEventually(tile(dashboard, label));

  /** One click. Milliseconds from it until the site hears that the password is in. @param {string} id @param {string} label */
  const click = async (id, label) => {
    const heard = new Promise((resolve) => (filled = () => resolve(performance.timeOrigin + performance.now())));
    const opened = extended.context.waitForEvent('page');
    const clicked = await tile(dashboard, label).evaluate((link) => {
      const now = performance.timeOrigin + performance.now();
      /** @type {HTMLElement} */ (link).click();
      return now;
    });
    const page = await opened;
    const took = (await heard) - clicked;
    await page.getByRole('heading', { name: 'Welcome' }).waitFor().catch(() => {});
    await extended.concluded(id);
    await page.close();
    return took;
  };

  const series = { warm: /** @type {number[]} */ ([]), cold: /** @type {number[]} */ ([]) };
  for (const [id, label] of labels) await click(id, label);
  for (let n = 0; n < WARM; n += 1) for (const [id, label] of labels) series.warm.push(await click(id, label));
  let asked = 0;
  extended.context.on('request', (request) => {
    const { origin, pathname } = new URL(request.url());
    if (origin === demo.okta && pathname.endsWith('/authorize')) asked += 1;
  });
  for (let n = 0; n < COLD; n += 1) {
    // Signed in at Okta, and nowhere else.
    await extended.context.clearCookies({ domain: new URL(demo.keytile).hostname, name: /keytile/ });
    const [id, label] = labels[n % labels.length];
    series.cold.push(await click(id, label));
  }

  assert(asked >= COLD, `Okta was asked ${asked} times who it is`);

  const at = (times, share) => times.sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))];
  const rows = [
    [`tile clicked to password filled, signed in, n=${series.warm.length}: p50`, at(series.warm, 0.5), 1500],
    ['the same: p95', at(series.warm, 0.95), 3000],
    [`the same, signed in at Okta only, n=${series.cold.length}: p95`, at(series.cold, 0.95), 6000],
  ];
  console.log('| row | ours | goal | ok |\n|---|---|---|---|');
  let missed = 0;
  for (const [name, took, goal] of rows) {
    const met = took <= goal;
    missed += Number(!met);
    console.log(`| ${name} | ${(took / 1000).toFixed(2)} s | ≤ ${goal / 1000} s | ${met ? 'yes' : '**no**'} |`);
  }
  process.exitCode = missed ? 1 : 0;
} finally {
  await logins.stop();
}
