// What every journey needs: the demo running, a real Chromium, people who sign in as people do,
// and a look at accessibility. What a journey shows is written in its own *.test.mjs.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium, errors } from 'playwright-core';

const results = fileURLToPath(new URL('results/', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** How long one wait may take before a journey fails, in milliseconds. */
export const PATIENCE = 10_000;

/**
 * @typedef {object} Demo what `cargo demo -- --json` prints
 * @property {string} keytile the address of Keytile
 * @property {string} okta the address of the simulated Okta org
 * @property {string} site the address of the sample site
 * @property {string} api_key a key for Keytile's REST API
 * @property {string} okta_token a token for the simulated org's API
 * @property {{url: string, token: string}} scim where the directory pushes to
 * @property {{email: string, password: string, role: string}[]} people who can sign in
 */

/**
 * Starts the demo, waits until everything in it is ready, and returns what it says.
 * @param {string[]} [options] further options of the demo
 * @param {Record<string, string>} [environment] further variables of its environment
 * @returns {Promise<{demo: Demo, stop: () => Promise<void>}>}
 */
export async function startDemo(options = [], environment = {}) {
  const { lines, stop } = await runDemo(['--json', ...options], environment, 1);
  return { demo: JSON.parse(lines[0]), stop };
}

/**
 * Runs the demo, and waits until it has printed so many lines.
 * @param {string[]} options
 * @param {Record<string, string>} environment
 * @param {number} count
 * @returns {Promise<{lines: string[], stop: () => Promise<void>}>} lines grows until it is stopped
 */
export async function runDemo(options, environment, count) {
  const program =
    process.env.KEYTILE_DEMO ?? fileURLToPath(new URL('../target/debug/demo', import.meta.url));
  assert(existsSync(program), `${program} is not there: run \`cargo build --package demo\``);
  mkdirSync(results, { recursive: true });
  const log = `${results}demo-${process.pid}.log`;
  const child = spawn(program, options, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', openSync(log, 'w')],
  });
  const ended = once(child, 'exit');
  // The last resort when this process ends before `stop`.
  process.once('exit', () => child.kill());

  const lines = [];
  const output = createInterface({ input: child.stdout });
  const ready = new Promise((resolve) => {
    output.on('line', (line) => {
      if (lines.push(line) === count) resolve();
    });
  });
  const closed = once(output, 'close');
  const died = ended.then(([code, signal]) => {
    const said = readFileSync(log, 'utf8');
    throw new Error(`the demo ended (${code ?? signal}) before it was ready:\n${said}`);
  });
  await Promise.race([ready, died]);
  died.catch(() => {});
  const stop = async () => {
    child.kill('SIGTERM');
    const [code, signal] = await ended;
    await closed;
    assert.equal(code, 0, `the demo did not end cleanly: ${code ?? signal}, see ${log}`);
  };
  return { lines, stop };
}

/** What every Chromium here is started with. It reaches this machine alone, so a page that needs another host fails. */
export const ARGUMENTS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1',
];

/** Starts Debian's Chromium. */
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    // Containers often lack what the sandbox needs, and every page here is our own.
    chromiumSandbox: false,
    args: ARGUMENTS,
  });
}

/**
 * A file's journeys share one demo and one browser. Returns the function that declares a journey:
 * `journey('an Owner extends an account', async ({ demo, person, outsider }) => …)`.
 * When a journey fails, e2e/results holds a picture of every page that was open.
 * @param {string[]} [options] further options of the demo
 */
export function journeys(options = []) {
  let demo, stop, browser;
  before(async () => {
    ({ demo, stop } = await startDemo(options));
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await stop?.();
  });

  return (name, walk) =>
    test(name, async () => {
      const contexts = [];
      const outsider = async (settings = {}) => {
        const context = await browser.newContext({ ignoreHTTPSErrors: true, ...settings });
        context.setDefaultTimeout(PATIENCE);
        contexts.push(context);
        return context.newPage();
      };
      const person = async (email, settings) => signIn(await outsider(settings), demo, email);
      try {
        await walk({ demo, person, outsider });
      } catch (error) {
        const pages = contexts.flatMap((context) => context.pages());
        for (const [index, page] of pages.entries()) {
          const path = `${results}failed-${fileName(name)}-${index + 1}.png`;
          await page.screenshot({ path, fullPage: true }).catch(() => {});
        }
        throw error;
      } finally {
        await Promise.all(contexts.map((context) => context.close()));
      }
    });
}

/** Signs a person in through the simulated org's own sign-in page, and ends on a page of Keytile. */
export async function signIn(page, demo, email) {
  const someone = findPerson(demo, email);
  await page.goto(demo.keytile);
  const withOkta = { name: 'Sign in with Okta' };
  await page.getByRole('link', withOkta).or(page.getByRole('button', withOkta)).click();
  await page.waitForURL((url) => url.origin === new URL(demo.okta).origin);
  await giveCredentials(page, someone);
  await page.waitForURL((url) => url.origin === new URL(demo.keytile).origin);
  return page;
}

/** As at Okta: the name first, the password on the next page. */
async function giveCredentials(page, { email, password }) {
  await page.getByLabel('Username').fill(email);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Verify' }).click();
}

/**
 * Opens a person's Okta dashboard, in a browser where nobody has signed in to Keytile.
 * @param {import('playwright-core').Page} page
 * @param {Demo} demo
 * @param {string} email
 */
export async function openDashboard(page, demo, email) {
  await page.goto(`${demo.okta}/app/UserHome`);
  await giveCredentials(page, findPerson(demo, email));
  await page.getByRole('heading', { name: 'My Apps' }).waitFor();
  return page;
}

/**
 * Opens the simulated org's admin console, in which a journey does what Okta's admins do.
 * @param {import('playwright-core').Page} page
 * @param {Demo} demo
 */
export async function openConsole(page, demo) {
  await page.goto(`${demo.okta}/admin`);
  await page.getByRole('button', { name: 'Open for the demo' }).click();
  await page.getByRole('heading', { name: 'People' }).waitFor();
  return page;
}

/**
 * A tile on a dashboard.
 * @param {import('playwright-core').Page} dashboard
 * @param {string} label
 */
export function tile(dashboard, label) {
  return dashboard.getByRole('link', { name: label, exact: true });
}

/**
 * Opens an account by its card: the first one of this name and app.
 * @param {import('playwright-core').Page} page a page of Keytile
 * @param {Demo} demo
 * @param {string} name
 * @param {string} app
 */
export async function openAccount(page, demo, name, app) {
  await page.goto(`${demo.keytile}/accounts`);
  const card = page.getByRole('article').filter({ hasText: `${app} ·` });
  await card.getByRole('link', { name, exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  return page;
}

/** Unfolds the section of an account's page that the article is about, unless it is open. */
export async function openConnected(page) {
  const section = page.getByRole('heading', { name: 'Extended account access for Okta' });
  if (!(await section.isVisible())) {
    await page.getByRole('heading', { name: 'Connected services and apps' }).click();
  }
  await section.waitFor();
}

function findPerson(demo, email) {
  const someone = demo.people.find((candidate) => candidate.email === email);
  assert(someone, `${email} is none of the demo's people`);
  return someone;
}

/**
 * Looks at a page again and again until something is there (or, with `state: 'hidden'`, gone): for
 * what another system shows once it has heard of a change, such as a tile on the dashboard.
 * @param {import('playwright-core').Locator} locator
 * @param {{state?: 'visible' | 'hidden'}} [options]
 */
export async function expectEventually(locator, { state = 'visible' } = {}) {
  const look = PATIENCE / 20;
  for (let looks = 1; looks < 20; looks += 1) {
    try {
      return await locator.waitFor({ state, timeout: look });
    } catch (error) {
      if (!(error instanceof errors.TimeoutError)) throw error;
    }
    // Gone must not mean that the whole page failed.
    const response = await locator.page().reload();
    assert(response?.ok(), `${locator.page().url()} answered ${response?.status()}`);
  }
  return locator.waitFor({ state, timeout: look });
}

/**
 * U1: a page has no serious finding of axe under WCAG 2.2 AA, in light and in dark.
 * @param {import('playwright-core').Page} page
 */
export async function expectAccessible(page) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    // Evaluated rather than added as a script, which the page's security policy would refuse.
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => {
      const values = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
      return globalThis.axe.run(document, { runOnly: { type: 'tag', values } });
    });
    const serious = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((n) => n.target).join(', ')}`);
    assert.deepEqual(serious, [], `${page.url()} in ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: null });
}

/**
 * A page fits a phone: at 360 px it scrolls down only.
 * @param {import('playwright-core').Page} page
 */
export async function expectNarrow(page) {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 360, height: 800 });
  const wide = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= limit) return [];
    const all = [...document.querySelectorAll('body *')];
    const out = all.filter((element) => element.getBoundingClientRect().right > limit + 1);
    return out.map((element) => `${element.tagName}.${element.className}`).slice(0, 5);
  });
  assert.deepEqual(wide, [], `${page.url()} is wider than 360 px`);
  if (before) await page.setViewportSize(before);
}

/**
 * Moves the focus by the Tab key alone until it is on something.
 * @param {import('playwright-core').Locator} locator
 */
export async function tabTo(locator) {
  const page = locator.page();
  for (let presses = 0; presses < 100; presses += 1) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`100 presses of Tab did not reach ${locator}`);
}

/**
 * Keeps pictures of a page in e2e/results: narrow and wide, light and dark.
 * @param {import('playwright-core').Page} page
 * @param {string} name
 */
export async function picture(page, name) {
  const before = page.viewportSize();
  for (const width of [360, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      const path = `${results}${fileName(name)}-${width}-${colorScheme}.png`;
      await page.screenshot({ path, fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
}

function fileName(title) {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}
