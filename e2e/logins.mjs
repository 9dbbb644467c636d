// What journeys about single logins share: the demo, a browser with the extension in which Priya is signed in, and a site of
// our own with accounts that log in there.

import assert from 'node:assert/strict';
import { setServer, startExtension } from './extension.mjs';
import { startSite } from './site.mjs';
import { signIn, startDemo } from './support.mjs';

export const PRIYA = 'priya.raman@brightfold.example';
export const PASSWORD = 'Quiet-harbour-5517';
/** What a whole form sends. */
export const BOTH = `username=priya&password=${PASSWORD}`;

/**
 * @typedef {object} Logins
 * @property {import('./support.mjs').Demo} demo
 * @property {import('./site.mjs').Site} site
 * @property {import('./extension.mjs').Extended} extended the browser of Priya
 * @property {(method: string, path: string, body?: unknown) => Promise<any>} api asks Keytile's API as the workspace's Owner
 * @property {(name: string, loginUrl: string, more?: object) => Promise<{id: string, share: string}>} account an account that
 *   logs in at an address, shared with Priya
 * @property {(account: {id: string}, own?: import('./extension.mjs').Extended) => Promise<import('playwright-core').Page>} launch
 *   opens the account's launch page in a tab of its own, as the popup does
 * @property {(path: string) => string[]} sent what was sent to a path of the site
 * @property {(profile?: string) => Promise<import('./extension.mjs').Extended>} open another browser in which she is signed in
 * @property {() => Promise<void>} stop
 */

/** @returns {Promise<Logins>} */
export async function startLogins() {
  const { demo, stop } = await startDemo();
  const site = await startSite();
  const opened = [];
  const open = async (profile = '') => {
    const extended = await startExtension(profile);
    opened.push(extended);
    await (await setServer(extended, demo.keytile)).close();
    const page = await signIn(await extended.context.newPage(), demo, PRIYA);
    await page.close();
    return extended;
  };
  const extended = await open();
  const api = async (method, path, body) => {
    const headers = { authorization: `Bearer ${demo.api_key}`, 'content-type': 'application/json' };
    const response = await fetch(`${demo.keytile}/api/v1/${path}`, { method, headers, body: JSON.stringify(body) });
    assert(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
    return response.status === 204 ? null : response.json();
  };
  const { items } = await api('GET', 'members?search=Priya');
  const priya = items.find(({ email }) => email === PRIYA).id;
  return {
    demo,
    site,
    extended,
    api,
    open,
    account: async (name, loginUrl, more = {}) => {
      const whole = { name, login_url: loginUrl, username: 'priya', password: PASSWORD, ...more };
      const { id } = await api('POST', 'accounts', whole);
      const share = await api('POST', 'shares', { account_id: id, member_id: priya, role: 'collaborator' });
      return { id, share: share.id };
    },
    launch: async ({ id }, { context } = extended) => {
      const page = await context.newPage();
      await page.goto(`${demo.keytile}/accounts/${id}/launch`).catch((error) => {
        // The extension may be quicker than the page.
        if (!/interrupted|ERR_ABORTED/.test(error.message)) throw error;
      });
      return page;
    },
    sent: (path) => site.sent.filter((post) => post.path === path).map(({ body }) => body),
    stop: async () => {
      for (const { context } of opened) await context.close();
      site.stop();
      await stop();
    },
  };
}
