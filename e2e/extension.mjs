// A Chromium in which the extension runs, and what a journey asks of it.

import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { ARGUMENTS, PATIENCE } from './support.mjs';

const folder = fileURLToPath(new URL('../extension', import.meta.url));

/**
 * @typedef {object} Extended
 * @property {import('playwright-core').BrowserContext} context one browser profile
 * @property {string} id the extension's
 * @property {(path: string) => string} url of one of its pages
 * @property {import('playwright-core').Page} desk one of the extension's pages, kept open
 * @property {() => Promise<any[]>} logins what the worker keeps of each tab's login, the latest first
 * @property {(account?: string, outcome?: string) => Promise<any>} concluded the plan of the latest login, of that account, once
 *   it has that outcome, or any
 * @property {() => Promise<void>} told once the server knows of every outcome
 */

/**
 * Starts a browser with the extension as it lies in the repository.
 * @param {string} [profile] a folder that keeps what the browser keeps; without one it begins anew
 * @param {string[]} [ignoreDefaultArgs] what Playwright turns off and the journey needs
 * @returns {Promise<Extended>}
 */
export async function startExtension(profile = '', ignoreDefaultArgs = []) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    chromiumSandbox: false,
    ignoreDefaultArgs,
    args: [`--disable-extensions-except=${folder}`, `--load-extension=${folder}`, ...ARGUMENTS],
  });
  context.setDefaultTimeout(PATIENCE);
  return extend(context);
}

/**
 * A browser in which the extension is, or will be in a moment.
 * @param {import('playwright-core').BrowserContext} context
 * @returns {Promise<Extended>}
 */
export async function extend(context) {
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  const id = new URL(worker.url()).host;
  const url = (path) => `chrome-extension://${id}/${path}`;
  // The worker's own notes are read from one of the extension's pages: the worker itself may be dead.
  const desk = await context.newPage();
  await desk.goto(url('options/options.html'));
  return {
    context,
    id,
    url,
    logins: () => desk.evaluate(readLogins),
    concluded: (account = '', outcome = '') =>
      desk.evaluate(waitForOutcome, { account, outcome, patience: 3 * PATIENCE }),
    told: () => desk.evaluate(waitUntilTold, PATIENCE),
    desk,
  };
}

/**
 * Tells the extension where its server is, as a person does.
 * @param {Extended} extended
 * @param {string} server
 */
export async function setServer({ context, url }, server) {
  const page = await context.newPage();
  await page.goto(url('options/options.html'));
  await page.getByLabel('Address').fill(server);
  await page.getByRole('button', { name: 'Check and save' }).click();
  await page.getByText('Saved. Keytile answers there.').waitFor();
  return page;
}

async function readLogins() {
  const stored = await globalThis.chrome.storage.session.get(null);
  const kept = Object.entries(stored).filter(([name]) => name.startsWith('login '));
  return kept.map(([, login]) => login).sort((one, other) => other.plan.began_at - one.plan.began_at);
}

/**
 * Waits in the page for the latest login, of an account where one is named, to have an outcome.
 * @param {{account: string, outcome: string, patience: number}} what
 */
function waitForOutcome({ account, outcome, patience }) {
  return new Promise((resolve, reject) => {
    const { session } = globalThis.chrome.storage;
    const look = async () => {
      const stored = Object.entries(await session.get(null)).filter(([name]) => name.startsWith('login '));
      const logins = stored.map(([, login]) => login).filter((login) => !account || login.account === account);
      const [latest] = logins.sort((one, other) => other.plan.began_at - one.plan.began_at);
      const said = latest?.plan.outcome ?? null;
      if (said !== null && (!outcome || said === outcome)) resolve(latest.plan);
      return latest;
    };
    session.onChanged.addListener(() => void look());
    setTimeout(async () => reject(new Error(`no outcome: ${JSON.stringify(await look())}`)), patience);
    void look();
  });
}

/** Waits in the page until no outcome is kept that the server does not know of. @param {number} patience */
function waitUntilTold(patience) {
  return new Promise((resolve, reject) => {
    const { local } = globalThis.chrome.storage;
    const look = async () => {
      const { untold = {} } = await local.get('untold');
      if (Object.keys(untold).length === 0) resolve(undefined);
      return untold;
    };
    local.onChanged.addListener(() => void look());
    setTimeout(async () => reject(new Error(`still untold: ${JSON.stringify(await look())}`)), patience);
    void look();
  });
}

/**
 * The popup as it is when it is opened over a tab. A popup of the browser's own ends with the first click elsewhere, so this
 * one lies in a tab, and takes that other tab for the one below it.
 * @param {Extended} extended
 * @param {import('playwright-core').Page} page
 */
export async function popupOver({ context, url, desk }, page) {
  const below = await desk.evaluate(async (address) => {
    const tabs = await globalThis.chrome.tabs.query({});
    return tabs.find((tab) => tab.url === address)?.id;
  }, page.url());
  const popup = await context.newPage();
  await popup.addInitScript((id) => {
    const { tabs } = globalThis.chrome;
    tabs.query = async () => [await tabs.get(id)];
  }, below);
  await popup.setViewportSize({ width: 420, height: 600 });
  await popup.goto(url('popup/popup.html'));
  return popup;
}
