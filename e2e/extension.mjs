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
 * @property {() => Promise<any[]>} logins what the worker keeps of each tab's login, the latest first
 */

/**
 * Starts a fresh profile with the extension as it lies in the repository.
 * @returns {Promise<Extended>}
 */
export async function startExtension() {
  const context = await chromium.launchPersistentContext('', {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    chromiumSandbox: false,
    args: [`--disable-extensions-except=${folder}`, `--load-extension=${folder}`, ...ARGUMENTS],
  });
  context.setDefaultTimeout(PATIENCE);
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  const id = new URL(worker.url()).host;
  const url = (path) => `chrome-extension://${id}/${path}`;
  return { context, id, url, logins: () => logins(context, url) };
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

/** The worker's own notes, read from one of the extension's pages: the worker may be dead. */
async function logins(context, url) {
  const page = await context.newPage();
  await page.goto(url('options/options.html'));
  const stored = await page.evaluate(() => globalThis.chrome.storage.session.get(null));
  await page.close();
  const kept = Object.entries(stored).filter(([name]) => name.startsWith('login '));
  return kept.map(([, login]) => login).sort((one, other) => other.plan.began_at - one.plan.began_at);
}
